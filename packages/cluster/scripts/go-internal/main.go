// Command go-internal tells the fields of the Go structs that kube-apiserver works with inside, in their order: messages
// about refused changes show them. It writes src/generated/go-internal.json.
//
//	go run main.go < <k8s.io/kubernetes>/pkg/apis/core/types.go > ../../src/generated/go-internal.json
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// roots are the structs that messages show.
var roots = []string{"PodSpec", "PersistentVolumeClaimSpec", "PersistentVolumeSource"}

var types = map[string]ast.Expr{}

// found: fields by struct, each a name ("" for an embedded struct) and a type.
var found = map[string][][2]string{}

func main() {
	file, err := parser.ParseFile(token.NewFileSet(), "types.go", os.Stdin, 0)
	if err != nil {
		panic(err)
	}
	for _, declaration := range file.Decls {
		if group, ok := declaration.(*ast.GenDecl); ok {
			for _, spec := range group.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok {
					types[named.Name.Name] = named.Type
				}
			}
		}
	}
	for _, root := range roots {
		visit(root)
	}
	encoder := json.NewEncoder(os.Stdout)
	if err := encoder.Encode(found); err != nil {
		panic(err)
	}
}

func visit(name string) {
	structure, ok := types[name].(*ast.StructType)
	if !ok || found[name] != nil {
		return
	}
	fields := [][2]string{}
	found[name] = fields
	for _, field := range structure.Fields.List {
		kind := kindOf(field.Type)
		if len(field.Names) == 0 {
			fields = append(fields, [2]string{"", kind})
		}
		for _, each := range field.Names {
			fields = append(fields, [2]string{each.Name, kind})
		}
	}
	found[name] = fields
	for _, field := range fields {
		visit(strings.TrimLeft(field[1], "[]*"))
	}
}

// kindOf is the type as it matters in JSON: a named text is a string, what other packages define is opaque.
func kindOf(expression ast.Expr) string {
	switch t := expression.(type) {
	case *ast.StarExpr:
		return "*" + kindOf(t.X)
	case *ast.ArrayType:
		return "[]" + kindOf(t.Elt)
	case *ast.MapType:
		return "map"
	case *ast.SelectorExpr:
		return "opaque"
	case *ast.Ident:
		switch named := types[t.Name].(type) {
		case nil, *ast.StructType:
			return t.Name
		default:
			return kindOf(named)
		}
	}
	return "opaque"
}
