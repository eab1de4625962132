package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A proxy is nginx with deploy/nginx.conf, before a house that serves. It listens
// on sockets in a folder, so that no port has to be free.
type proxy struct {
	t                *testing.T
	folder           string
	encrypted, plain *http.Client // by TLS, and without
}

const proxyName = "https://houvast.example.org"

// newProxy starts nginx before the house at this address. Whoever calls the socket
// has the address that the example names for Mattermost, if let in, and none of
// those that it names otherwise.
func newProxy(t *testing.T, nginx, house string, letIn bool) *proxy {
	t.Helper()
	p := &proxy{t: t, folder: t.TempDir()}
	p.certify()
	example, err := os.ReadFile("deploy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := string(example)
	put := func(pattern, instead string) {
		t.Helper()
		was := conf
		if conf = regexp.MustCompile(pattern).ReplaceAllLiteralString(conf, instead); conf == was {
			t.Fatalf("deploy/nginx.conf has no %s", pattern)
		}
	}
	put(`listen \[::\]:(443 ssl http2|80);`, "")
	put(`listen 443`, "listen unix:"+filepath.Join(p.folder, "tls"))
	put(`listen 80;`, "listen unix:"+filepath.Join(p.folder, "plain")+";")
	put(`/etc/letsencrypt/live/houvast\.example\.org`, p.folder)
	put(`127\.0\.0\.1:8700`, house)
	if letIn {
		put(`192\.0\.2\.10`, "unix:")
	}
	p.write("site.conf", conf)
	main := "daemon off; pid " + p.folder + "/pid; error_log stderr; events {}\nhttp { access_log " + p.folder + "/access.log; include " + p.folder + "/site.conf;\n"
	if os.Getuid() == 0 {
		main = "user root;\n" + main
	}
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += temp + "_temp_path " + filepath.Join(p.folder, temp) + ";\n"
	}
	p.write("main.conf", main+"}\n")
	args := []string{"-p", p.folder, "-c", filepath.Join(p.folder, "main.conf"), "-e", "stderr"}
	if out, err := exec.CommandContext(t.Context(), nginx, append(args, "-t")...).CombinedOutput(); err != nil || strings.Contains(string(out), "[warn]") {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}

	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, nginx, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(p.read("fullchain.pem")))
	to := func(socket string) *http.Client {
		return &http.Client{
			Transport: &http.Transport{
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(p.folder, socket))
				},
				TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	p.encrypted, p.plain = to("tls"), to("plain")
	// nginx does not say when it listens.
	look, deadline := time.NewTicker(10*time.Millisecond), time.NewTimer(patient)
	defer look.Stop()
	defer deadline.Stop()
	for {
		resp, err := p.encrypted.Get(proxyName + "/health")
		if err == nil {
			resp.Body.Close()
			return p
		}
		select {
		case <-look.C:
		case err := <-ended:
			ended <- err
			t.Fatalf("nginx ended: %v\n%s", err, said.String())
		case <-deadline.C:
			t.Fatalf("nginx does not listen: %v", err)
		}
	}
}

func (p *proxy) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *proxy) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// certify makes a certificate of our own for the name in the example.
func (p *proxy) certify() {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	name := strings.TrimPrefix(proxyName, "https://")
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("fullchain.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})))
	p.write("privkey.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// do returns the answer to a request, without its body.
func (p *proxy) do(c *http.Client, method, target, body string, header ...string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		p.t.Fatal(err)
	}
	return resp
}

// The example for nginx lets Mattermost and the outside watch in and nobody else,
// whatever they say about who they are, and a whole invitation goes through it.
func TestDeployProxy(t *testing.T) {
	t.Parallel()

	nginx := installed(t, "nginx")
	s := newServing(t)
	s.start()
	s.until("health is green", func() bool { status, _ := s.health(); return status == http.StatusOK })

	shut := newProxy(t, nginx, s.address, false)
	forged := []string{"X-Forwarded-For", "192.0.2.10", "X-Real-IP", "10.0.0.1", "Forwarded", "for=192.0.2.10"}
	for _, try := range []struct {
		what, method, path, body string
		status                   int
	}{
		{"the outside watch", "GET", "/health", "", http.StatusOK},
		{"anybody at the door", "GET", "/", "", http.StatusOK},
		{"a stranger who wants numbers", "GET", "/metrics", "", http.StatusForbidden},
		{"a stranger who says to be Mattermost", "POST", "/mattermost/command", "token=" + s.env["HOUVAST_MATTERMOST_COMMAND_TOKEN"], http.StatusForbidden},
		{"a body that nobody sends", "POST", "/", strings.Repeat("x", 65<<10), http.StatusRequestEntityTooLarge},
	} {
		if got := shut.do(shut.encrypted, try.method, proxyName+try.path, try.body, forged...).StatusCode; got != try.status {
			t.Errorf("%s: got %d, want %d", try.what, got, try.status)
		}
	}
	if r := shut.do(shut.encrypted, "GET", proxyName+"/health", ""); r.ProtoMajor != 2 || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %s and %v", r.Proto, r.Header)
	}
	r := shut.do(shut.plain, "GET", "http://houvast.example.org/health?x", "")
	if r.StatusCode != http.StatusMovedPermanently || r.Header.Get("Location") != proxyName+"/health?x" {
		t.Errorf("without TLS: got %d to %q", r.StatusCode, r.Header.Get("Location"))
	}

	// Mattermost reaches the house by the proxy, and a forged callback is one there too.
	open := newProxy(t, nginx, s.address, true)
	through := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "https", Host: "houvast.example.org"}) },
		Transport: open.encrypted.Transport,
	}
	mux := http.NewServeMux()
	mux.Handle("/", through)
	s.town.callbacks.Store(mux)
	samira := s.town.mattermost.User(inviter)
	if err := samira.Command(t.Context(), "/houvast uitnodigen", teamChannel); err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{"name": "Vera", "wijk": "noord", "primary": "samira", "backup": "tom", "welcome": "Welkom."}
	if wrong, err := samira.Submit(t.Context(), answers, teamChannel); err != nil || len(wrong) > 0 {
		t.Fatalf("the dialog was not taken: %v %v", wrong, err)
	}
	s.until("the invitation arrived", func() bool {
		for _, p := range s.town.mattermost.Direct(inviter, botUser) {
			if strings.Contains(p.String(), "voor Vera") {
				return true
			}
		}
		return false
	})
	if got := open.do(open.encrypted, "POST", proxyName+"/mattermost/command", "token=verzonnen", forged...).StatusCode; got != http.StatusUnauthorized {
		t.Errorf("a token that is none: got %d", got)
	}
	// Who called when is nobody's business.
	for _, p := range []*proxy{shut, open} {
		if log := p.read("access.log"); log != "" {
			t.Errorf("nginx wrote down who called:\n%s", log)
		}
	}
}
