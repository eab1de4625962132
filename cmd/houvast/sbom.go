package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// A bill is a bill of materials in the form of CycloneDX 1.6: what this very
// program was built from, as the Go linker wrote it into the file.
type bill struct {
	Format      string       `json:"bomFormat"`
	SpecVersion string       `json:"specVersion"`
	Serial      string       `json:"serialNumber"`
	Version     int          `json:"version"`
	Metadata    billMetadata `json:"metadata"`
	Components  []material   `json:"components"`
	Depends     []dependency `json:"dependencies"`
}

type billMetadata struct {
	Component material `json:"component"`
}

type material struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Licenses   []licensed `json:"licenses,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type licensed struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// writeBill writes the bill of materials. The same build always gives the same.
func writeBill(out io.Writer, info *debug.BuildInfo) error {
	main := material{Type: "application", Ref: "houvast", Name: "houvast", Version: info.Main.Version}
	ours := licensed{}
	ours.License.ID = "EUPL-1.2"
	main.Licenses = []licensed{ours}
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs") || s.Key == "GOOS" || s.Key == "GOARCH" || s.Key == "CGO_ENABLED" || s.Key == "-trimpath" {
			main.Properties = append(main.Properties, property{"go:" + s.Key, s.Value})
		}
	}
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	parts := []material{{Type: "library", Ref: "std", Name: "std", Version: goVersion, PURL: "pkg:golang/std@" + goVersion}}
	needs := []string{"std"}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		purl := "pkg:golang/" + m.Path + "@" + m.Version
		part := material{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
		// Go's own sum of a module: SHA-256 over the sums of its files.
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil && len(raw) == sha256.Size {
			part.Properties = append(part.Properties, property{"go:sum", m.Sum})
		}
		parts, needs = append(parts, part), append(needs, purl)
	}
	all := sha256.Sum256([]byte(info.String()))
	b := bill{
		Format: "CycloneDX", SpecVersion: "1.6", Version: 1, Serial: "urn:uuid:" + uuid(all[:16]),
		Metadata: billMetadata{Component: main}, Components: parts, Depends: []dependency{{Ref: "houvast", DependsOn: needs}},
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(b)
}

// uuid writes 16 bytes as a name-based UUID (version 8: made in our own way).
func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
