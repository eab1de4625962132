package telegramtest

import (
	"fmt"
	"net/http"
	"time"
)

const (
	maxDownload = 20 << 20  // bytes; a bot cannot fetch a larger file
	linkLife    = time.Hour // how long a link of getFile works at least
)

// A file lies on Telegram's servers, known to the bot by its id.
type file struct {
	id      string
	unique  string
	kind    string
	seconds int
	bytes   []byte
}

// A link is the address of a file for a while.
type link struct {
	file    *file
	expires time.Time
}

func (s *Server) keepFile(kind string, content []byte) *file {
	n := s.nextSerial()
	f := &file{
		id:     fmt.Sprintf("AwACAgQAAxkBAAM%dFakeFileId%08dVZQAB", n, n*7919),
		unique: fmt.Sprintf("AgAD%08d", n*7919),
		kind:   kind,
		bytes:  content,
	}
	s.files[f.id] = f
	if kind == Photo { // the small size is a file of its own
		s.files[f.id+"s"] = &file{id: f.id + "s", unique: f.unique + "s", kind: kind, bytes: content[:min(len(content), 1500)]}
	}
	return f
}

func (s *Server) getFile(c *call) (any, *refusal) {
	f := s.files[c.params["file_id"]]
	if f == nil {
		return nil, badRequest("invalid file_id")
	}
	if len(f.bytes) > maxDownload {
		return nil, badRequest("file is too big")
	}
	path := fmt.Sprintf("%s/file_%d", f.kind, s.nextSerial())
	switch f.kind {
	case Photo:
		path += ".jpg"
	case Voice:
		path += ".oga"
	}
	s.links[path] = link{file: f, expires: s.now().Add(linkLife)}
	return object{"file_id": f.id, "file_unique_id": f.unique, "file_size": len(f.bytes), "file_path": path}, nil
}

func (s *Server) serveFile(w http.ResponseWriter, path string) {
	s.mu.Lock()
	l, ok := s.links[path]
	if ok && !s.now().Before(l.expires) {
		delete(s.links, path)
		ok = false
	}
	s.mu.Unlock()
	if !ok {
		answer(w, &refusal{Code: http.StatusNotFound, Description: "Not Found"}, nil)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", fmt.Sprint(len(l.file.bytes)))
	_, _ = w.Write(l.file.bytes) // whoever left does not get the file
}

// File returns the content of a file by the id in [Message.FileID], whoever sent it,
// for a page that shows a photo or plays a voice message. The caller must not change it.
func (s *Server) File(fileID string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.files[fileID]
	if f == nil {
		return nil, false
	}
	return f.bytes, true
}
