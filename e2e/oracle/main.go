// Answers questions about Helm, one JSON object a line: a request on standard input, its answer on standard output.
//
//	{"op": "render", …}  the engine alone: templates and values, to texts or the error (render.go)
//	{"op": "bench", …}   a chart many times over, warm, to nanoseconds and bytes (bench.go)
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
)

type request struct {
	Op string `json:"op"`
	renderRequest
	benchRequest
}

func main() {
	// Helm logs what it thinks of odd values; the answers carry all that is compared.
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	debug.SetMemoryLimit(2 << 30)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if err == nil {
			err = encoder.Encode(answer(line))
		}
		// Requests come in bunches: written when the next read would wait.
		if err == nil && in.Buffered() == 0 {
			err = out.Flush()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func answer(line []byte) any {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return failure{Invalid: err.Error()}
	}
	switch asked.Op {
	case "render":
		return render(asked.renderRequest)
	case "bench":
		return bench(asked.benchRequest)
	}
	return failure{Invalid: fmt.Sprintf("no such op: %q", asked.Op)}
}

// What was asked makes no sense; no answer of Helm.
type failure struct {
	Invalid string `json:"invalid"`
}
