package telegramtest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is what the server reads of one request, in bytes: the 50 MB an upload
// may have, and room for the fields around it.
const maxBody = 51 << 20

// A call is one request for a method with everything that came along.
type call struct {
	method   string
	params   map[string]string
	files    map[string]Upload
	encoding string
}

// readCall reads the parameters in each of the four ways the Bot API takes them:
// in the address, as a form, as JSON, as multipart with files.
func readCall(r *http.Request) (*call, error) {
	c := &call{params: map[string]string{}, files: map[string]Upload{}, encoding: "none"}
	for name, values := range r.URL.Query() {
		c.params[name] = values[0]
		c.encoding = "query"
	}
	body := io.LimitReader(r.Body, maxBody)
	kind, options, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "multipart/form-data":
		c.encoding = "multipart"
		return c, c.readMultipart(multipart.NewReader(body, options["boundary"]))
	case "application/json":
		c.encoding = "json"
		return c, c.readJSON(body)
	case "application/x-www-form-urlencoded":
		c.encoding = "form"
		text, err := io.ReadAll(body)
		if err != nil {
			return c, fmt.Errorf("read form: %w", err)
		}
		values, err := url.ParseQuery(string(text))
		if err != nil {
			return c, fmt.Errorf("read form: %w", err)
		}
		for name, v := range values {
			c.params[name] = v[0]
		}
		return c, nil
	}
	_, err := io.Copy(io.Discard, body)
	return c, err
}

func (c *call) readMultipart(form *multipart.Reader) error {
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read multipart: %w", err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("read multipart: %w", err)
		}
		if part.FileName() != "" {
			c.files[part.FormName()] = Upload{Name: part.FileName(), Bytes: content}
		} else {
			c.params[part.FormName()] = string(content)
		}
	}
}

func (c *call) readJSON(body io.Reader) error {
	var fields map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&fields); err != nil {
		return fmt.Errorf("can't parse request JSON object")
	}
	for name, raw := range fields {
		var text string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			c.params[name] = text
		default:
			c.params[name] = string(raw)
		}
	}
	return nil
}

func (c *call) bool(name string) bool {
	v := strings.ToLower(strings.TrimSpace(c.params[name]))
	return v == "true" || v == "yes" || v == "1"
}

// int returns a number held between low and high, as the real server does it: what
// is not a number counts as absent.
func (c *call) int(name string, absent, low, high int) int {
	n, err := strconv.Atoi(c.params[name])
	if err != nil {
		return absent
	}
	return max(low, min(n, high))
}
