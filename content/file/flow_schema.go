package file

import (
	"encoding/json"
	"fmt"

	"houvast/flows"
)

// Schema is the JSON Schema of a flow file, made from the tables of the
// language, for people who write flows in an editor that can use one. It knows
// the words and their form; only [houvast/flows/check.Flow] knows whether a flow is safe.
func Schema() []byte {
	head := object(flows.Head())
	head["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	head["title"] = "A flow of Houvast"
	steps := []any{}
	for _, v := range flows.Verbs() {
		steps = append(steps, step(v))
	}
	head["$defs"] = map[string]any{"step": map[string]any{"oneOf": steps}}
	out, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("the schema is made of maps and strings: %v", err))
	}
	return append(out, '\n')
}

func step(v flows.Verb) map[string]any {
	of := v.Of
	of.Key, of.Must, of.About = v.Key, true, v.About
	words := append([]flows.Word{of, {Key: "note", Form: flows.FormPlain, About: "a remark for whoever edits the flow"}}, v.Words...)
	s := object(words)
	s["title"] = string(v.Kind)
	return s
}

// namePattern is the form of every id.
const namePattern = "^[a-z][a-z0-9_]{0,23}$"

func object(words []flows.Word) map[string]any {
	properties := map[string]any{}
	must := []string{}
	for _, w := range words {
		properties[w.Key] = value(w)
		if w.Must {
			must = append(must, w.Key)
		}
	}
	o := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if len(must) > 0 {
		o["required"] = must
	}
	return o
}

func value(w flows.Word) map[string]any {
	v := form(w)
	if w.About != "" {
		v["description"] = w.About
	}
	return v
}

func form(w flows.Word) map[string]any {
	name := map[string]any{"type": "string", "pattern": namePattern}
	listOf := func(item map[string]any) map[string]any { return map[string]any{"type": "array", "items": item} }
	mapOf := func(item map[string]any) map[string]any {
		return map[string]any{"type": "object", "propertyNames": map[string]any{"pattern": namePattern}, "additionalProperties": item}
	}
	switch w.Form {
	case flows.FormName, flows.FormStep:
		return name
	case flows.FormNames:
		return listOf(name)
	case flows.FormOne:
		return map[string]any{"enum": w.Among}
	case flows.FormMany:
		return listOf(map[string]any{"enum": w.Among})
	case flows.FormYes:
		return map[string]any{"type": "boolean"}
	case flows.FormNumber:
		return map[string]any{"type": "integer"}
	case flows.FormDuration:
		return map[string]any{"type": "string", "pattern": `^\d{1,5} ?[mhd]$`}
	case flows.FormClock:
		return map[string]any{"type": "string", "pattern": `^([01]\d|2[0-3]):[0-5]\d$`}
	case flows.FormDate:
		return map[string]any{"type": "string", "pattern": `^\d{4}-\d{2}-\d{2}$`}
	case flows.FormValue:
		return map[string]any{"type": []string{"string", "integer"}}
	case flows.FormShare:
		return listOf(map[string]any{"type": "string", "pattern": `^[a-z][a-z0-9_]{0,23}( if .+)?$`})
	case flows.FormMap:
		return mapOf(object(w.Inside))
	case flows.FormGroup:
		return object(w.Inside)
	case flows.FormRows:
		return listOf(object(w.Inside))
	case flows.FormLabels:
		return mapOf(map[string]any{"type": "string"})
	case flows.FormSteps:
		return mapOf(map[string]any{"$ref": "#/$defs/step"})
	case flows.FormPlain:
		return map[string]any{"type": []string{"string", "integer"}}
	}
	return map[string]any{"type": "string"}
}
