// Builds a kustomization in process a number of times and prints the milliseconds of each build and the peak memory as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	runs, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	times := make([]float64, 0, runs)
	for range runs {
		start := time.Now()
		m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), os.Args[1])
		if err != nil {
			panic(err)
		}
		if _, err := m.AsYaml(); err != nil {
			panic(err)
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	result := map[string]any{"ms": times, "kilobytes": usage.Maxrss}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
