package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// form reads what was sent. Unlike FormValue it does not hide that it was too
// big or broken.
func form(r *http.Request) error {
	err := r.ParseMultipartForm(1 << 20)
	if err == nil || errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return err
	}
	return Refusal("Dat kon ik niet lezen. Probeer het nog een keer.")
}

// done answers something that was done. The page's own script learns of it from
// the live connection; a browser without it is sent back to its desk.
func done(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Sandbox-Live") != "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, "/?"+r.URL.RawQuery, http.StatusSeeOther)
	return nil
}

// write sends a text, or a button of the keyboard that stays.
func (s *Server) write(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	text := strings.TrimSpace(r.PostForm.Get("text"))
	if text == "" {
		return Refusal("Typ eerst iets.")
	}
	if err := s.sandbox.Write(r.Context(), r.PathValue("phone"), text); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return done(w, r)
}

// press taps a button under a message.
func (s *Server) press(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	err := s.sandbox.Press(r.Context(), r.PathValue("phone"), r.PostForm.Get("message"), r.PostForm.Get("button"))
	if err != nil {
		return fmt.Errorf("press: %w", err)
	}
	return done(w, r)
}

// sendVoice sends the embedded sound as a voice note.
func (s *Server) sendVoice(w http.ResponseWriter, r *http.Request) error {
	sound, err := static.ReadFile("static/stem.ogg")
	if err != nil {
		return fmt.Errorf("read the sound: %w", err)
	}
	if err := s.sandbox.Send(r.Context(), r.PathValue("phone"), "voice", "", sound); err != nil {
		return fmt.Errorf("send a voice note: %w", err)
	}
	return done(w, r)
}

// sendPhoto sends the picture that was chosen, or else the embedded one.
func (s *Server) sendPhoto(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	photo, err := chosenPhoto(r)
	if err != nil {
		return err
	}
	caption := strings.TrimSpace(r.PostForm.Get("caption"))
	if err := s.sandbox.Send(r.Context(), r.PathValue("phone"), "photo", caption, photo); err != nil {
		return fmt.Errorf("send a photo: %w", err)
	}
	return done(w, r)
}

func chosenPhoto(r *http.Request) ([]byte, error) {
	if r.PostForm.Get("sample") != "" {
		return static.ReadFile("static/voorbeeld.jpg")
	}
	f, _, err := r.FormFile("photo")
	if err != nil {
		return nil, Refusal("Kies eerst een foto.")
	}
	defer f.Close()
	photo, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the photo: %w", err)
	}
	if !strings.HasPrefix(http.DetectContentType(photo), "image/") {
		return nil, Refusal("Dat is geen foto. Kies een plaatje.")
	}
	return photo, nil
}

// edit changes an own message.
func (s *Server) edit(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	text := strings.TrimSpace(r.PostForm.Get("text"))
	if text == "" {
		return Refusal("Typ eerst iets.")
	}
	if err := s.sandbox.Edit(r.Context(), r.PathValue("phone"), r.PostForm.Get("message"), text); err != nil {
		return fmt.Errorf("edit: %w", err)
	}
	return done(w, r)
}

// block blocks the bot or lets it in again.
func (s *Server) block(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	if err := s.sandbox.Block(r.Context(), r.PathValue("phone"), r.PostForm.Get("blocked") == "yes"); err != nil {
		return fmt.Errorf("block: %w", err)
	}
	return done(w, r)
}

// openLink opens an invitation on a telephone, which is what Telegram does with
// such a link: it sends /start with the code.
func (s *Server) openLink(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	code := r.PostForm.Get("code")
	if !startCode.MatchString(code) {
		return Refusal("Deze link is niet goed.")
	}
	if err := s.sandbox.Write(r.Context(), r.PathValue("phone"), "/start "+code); err != nil {
		return fmt.Errorf("open an invitation: %w", err)
	}
	return done(w, r)
}

// showFile shows a picture, sound or video; anything else can only be saved.
// What somebody sent never runs here.
func (s *Server) showFile(w http.ResponseWriter, r *http.Request) error {
	f, err := s.sandbox.File(r.Context(), r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	defer f.Content.Close()

	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	w.Header().Set("Content-Type", f.Type)
	if !harmless(f.Type) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", attachment(f.Name))
	}
	// Audio elements ask for ranges, so what can seek is served so.
	if file, ok := f.Content.(io.ReadSeeker); ok {
		http.ServeContent(w, r, "", time.Time{}, file)
		return nil
	}
	_, err = io.Copy(w, f.Content)
	return err
}
