package main

import (
	"encoding/json"
	"maps"
	"strconv"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// Bytes travel as base64, because templates can hold and print what is no UTF-8.
type renderRequest struct {
	// Paths within the chart: templates/a.yaml.
	Templates map[string][]byte `json:"templates"`
	// The chart's other files.
	Files  map[string][]byte `json:"files"`
	Values json.RawMessage   `json:"values"`
	Strict bool              `json:"strict"`
	Lint   bool              `json:"lint"`
	// Whether there is a .Capabilities.
	Capabilities bool `json:"capabilities"`
}

type renderAnswer struct {
	Rendered map[string][]byte `json:"rendered,omitempty"`
	// The whole text of the error.
	Error []byte `json:"error,omitempty"`
}

const chartName = "c"

func render(asked renderRequest) any {
	values, err := valuesOf(asked.Values)
	if err != nil {
		return failure{Invalid: err.Error()}
	}
	made := &chart.Chart{Metadata: &chart.Metadata{
		APIVersion: "v2",
		Name:       chartName,
		Version:    "1.2.3",
		AppVersion: "4.5.6",
	}}
	for name, text := range asked.Templates {
		made.Templates = append(made.Templates, &common.File{Name: name, Data: text})
	}
	for name, text := range asked.Files {
		made.Files = append(made.Files, &common.File{Name: name, Data: text})
	}
	prepared := common.Values{
		"Values": values,
		"Release": map[string]any{
			"Name": "rel", "Namespace": "ns", "IsUpgrade": false, "IsInstall": true, "Revision": 1, "Service": "Helm",
		},
	}
	if asked.Capabilities {
		if prepared["Capabilities"], err = capabilities(); err != nil {
			return failure{Invalid: err.Error()}
		}
	}
	rendered, err := engine.Engine{Strict: asked.Strict, LintMode: asked.Lint}.Render(made, prepared)
	if err != nil {
		return renderAnswer{Error: []byte(err.Error())}
	}
	answer := renderAnswer{Rendered: make(map[string][]byte, len(rendered))}
	for name, text := range rendered {
		answer.Rendered[name] = []byte(text)
	}
	return answer
}

// Of a cluster that serves little, whatever Helm was built with.
func capabilities() (*common.Capabilities, error) {
	version, err := common.ParseKubeVersion("v1.33.0")
	if err != nil {
		return nil, err
	}
	made := &common.Capabilities{KubeVersion: *version, APIVersions: common.VersionSet{"v1", "apps/v1"}}
	made.HelmVersion.Version = "v4.2.4"
	return made, nil
}

// Values as Helm has them: numbers are float64, and {"$int64": "5"} stands for what --set makes of integers.
func valuesOf(raw json.RawMessage) (common.Values, error) {
	values := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &values); err != nil {
			return nil, err
		}
	}
	for name, value := range maps.All(values) {
		values[name] = withIntegers(value)
	}
	return values, nil
}

func withIntegers(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if text, ok := value["$int64"].(string); ok {
			number, _ := strconv.ParseInt(text, 10, 64)
			return number
		}
		for name, item := range value {
			value[name] = withIntegers(item)
		}
	case []any:
		for i, item := range value {
			value[i] = withIntegers(item)
		}
	}
	return value
}
