package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
)

type benchRequest struct {
	// A chart's directory or archive.
	Chart string `json:"chart"`
	// A values file, or nothing.
	ValuesFile string `json:"valuesFile"`
	// "engine": rendering of prepared values alone. "release": all that an installation does before it meets a cluster.
	Part string `json:"part"`
	Runs int    `json:"runs"`
}

type benchAnswer struct {
	// Of each run.
	Nanoseconds []int64 `json:"nanoseconds"`
	// Allocated by a run, on average.
	BytesPerRun uint64 `json:"bytesPerRun"`
	// What the process has from the system.
	SystemBytes uint64 `json:"systemBytes"`
	// What was rendered, to compare: the manifest of "release", and the number of bytes of "engine".
	Manifest string `json:"manifest,omitempty"`
	Bytes    int    `json:"bytes"`
}

func bench(asked benchRequest) any {
	run, err := runnerOf(asked)
	if err != nil {
		return failure{Invalid: err.Error()}
	}
	answer := benchAnswer{}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range asked.Runs {
		start := time.Now()
		manifest, size, err := run()
		answer.Nanoseconds = append(answer.Nanoseconds, time.Since(start).Nanoseconds())
		if err != nil {
			return failure{Invalid: err.Error()}
		}
		answer.Manifest, answer.Bytes = manifest, size
	}
	runtime.ReadMemStats(&after)
	answer.BytesPerRun = (after.TotalAlloc - before.TotalAlloc) / uint64(max(asked.Runs, 1))
	answer.SystemBytes = after.Sys
	return answer
}

type runner func() (manifest string, size int, err error)

func runnerOf(asked benchRequest) (runner, error) {
	loaded, err := loader.Load(asked.Chart)
	if err != nil {
		return nil, err
	}
	values := common.Values{}
	if asked.ValuesFile != "" {
		text, err := os.ReadFile(asked.ValuesFile)
		if err != nil {
			return nil, err
		}
		if values, err = common.ReadValues(text); err != nil {
			return nil, err
		}
	}
	switch asked.Part {
	case "engine":
		return engineRunner(loaded, values)
	case "release":
		return releaseRunner(loaded, values), nil
	}
	return nil, fmt.Errorf("no such part: %q", asked.Part)
}

func engineRunner(loaded *chart.Chart, values common.Values) (runner, error) {
	if err := chartutil.ProcessDependencies(loaded, values); err != nil {
		return nil, err
	}
	options := common.ReleaseOptions{Name: "rel", Namespace: "ns", Revision: 1, IsInstall: true}
	prepared, err := util.ToRenderValues(loaded, values, options, common.DefaultCapabilities.Copy())
	if err != nil {
		return nil, err
	}
	return func() (string, int, error) {
		rendered, err := engine.Engine{}.Render(loaded, prepared)
		size := 0
		for _, text := range rendered {
			size += len(text)
		}
		return "", size, err
	}, nil
}

func releaseRunner(loaded *chart.Chart, values common.Values) runner {
	return func() (string, int, error) {
		install := action.NewInstall(action.NewConfiguration())
		install.DryRunStrategy = action.DryRunClient
		install.Replace = true
		install.ReleaseName = "rel"
		install.Namespace = "ns"
		done, err := install.Run(loaded, values)
		if err != nil {
			return "", 0, err
		}
		manifest := done.(*release.Release).Manifest
		return manifest, len(manifest), nil
	}
}
