// Command go-fields tells how the Go structs of Kubernetes' kinds are written as JSON, which OpenAPI does not: fields
// that are left out when zero, and fields that are always there (with their zero value). It writes src/generated/go-fields.json.
//
//	mkdir /tmp/go-fields && cp main.go /tmp/go-fields && cd /tmp/go-fields && go mod init go-fields
//	go get k8s.io/client-go@v0.36.3 k8s.io/apiextensions-apiserver@v0.36.3 k8s.io/kube-aggregator@v0.36.3
//	go run . <schema.json> > go-fields.json
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// fields of one struct: those dropped when zero, and those always shown, with their zero value.
type fields struct {
	Drop []string       `json:"drop,omitempty"`
	Show map[string]any `json:"show,omitempty"`
}

var (
	found     = map[string]*fields{}
	marshaler = reflect.TypeFor[json.Marshaler]()
)

func main() {
	kinds := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensions.AddToScheme, aggregator.AddToScheme} {
		if err := add(kinds); err != nil {
			panic(err)
		}
	}
	for gvk, t := range kinds.AllKnownTypes() {
		if gvk.Version != runtime.APIVersionInternal && !strings.HasSuffix(gvk.Kind, "Options") {
			visit(t)
		}
	}
	var schema struct{ Definitions map[string]any }
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		panic(err)
	}
	for name, f := range found {
		if _, ok := schema.Definitions[name]; !ok || len(f.Drop)+len(f.Show) == 0 {
			delete(found, name)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		panic(err)
	}
}

// definition is the name of a type in the OpenAPI document.
func definition(t reflect.Type) string {
	path := strings.Replace(t.PkgPath(), "k8s.io/", "io.k8s.", 1)
	return strings.ReplaceAll(path, "/", ".") + "." + t.Name()
}

// hasOwnForm is true for types like Time and Quantity, which are not written as structs.
func hasOwnForm(t reflect.Type) bool {
	return t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)
}

func visit(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
		visit(t.Elem())
	case reflect.Struct:
		name := definition(t)
		if found[name] != nil || hasOwnForm(t) {
			return
		}
		f := &fields{Show: map[string]any{}}
		found[name] = f
		collect(t, f)
		sort.Strings(f.Drop)
	}
}

func collect(t reflect.Type, f *fields) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		options = "," + options + ","
		if name == "-" {
			continue
		}
		if strings.Contains(options, ",inline,") || (field.Anonymous && name == "") {
			if inner := field.Type; inner.Kind() == reflect.Struct && inner.Name() != "TypeMeta" {
				collect(inner, f)
			}
			continue
		}
		if name == "" {
			continue
		}
		visit(field.Type)
		note(f, name, field.Type, strings.Contains(options, ",omitempty,"), strings.Contains(options, ",omitzero,"))
	}
}

func note(f *fields, name string, t reflect.Type, omitEmpty, omitZero bool) {
	zero := reflect.Zero(t).Interface()
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !omitEmpty {
			f.Show[name] = nil
		}
	case reflect.Struct:
		if omitZero {
			return
		}
		if !hasOwnForm(t) {
			f.Show[name] = map[string]any{}
			return
		}
		var value any
		text, err := json.Marshal(zero)
		if err == nil && json.Unmarshal(text, &value) == nil {
			f.Show[name] = value
		}
	case reflect.Slice, reflect.Map:
		if omitEmpty || omitZero {
			f.Drop = append(f.Drop, name)
		} else {
			f.Show[name] = nil
		}
	default:
		if omitEmpty || omitZero {
			f.Drop = append(f.Drop, name)
		} else {
			f.Show[name] = zero
		}
	}
}
