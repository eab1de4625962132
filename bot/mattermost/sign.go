package mattermost

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// A signer is the key that tells what we made from what others made.
type signer []byte

// What a signature is for. One made for the one is worth nothing for the other.
const (
	forAction = "action 1"
	forDialog = "dialog 1"
	forPost   = "post 1"
	forSlot   = "slot 1"
	forProbe  = "probe 1"
)

// sum signs parts. Lengths are signed with them: "ab","c" is not "a","bc".
func (k signer) sum(purpose string, parts ...string) []byte {
	h := hmac.New(sha256.New, k)
	for _, p := range append([]string{purpose}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// tag is a name for something of ours that says nothing to others: lower case
// letters and digits.
func (k signer) tag(purpose string, parts ...string) string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(k.sum(purpose, parts...)[:15]))
}

// action returns the context of a button. It stays with the Mattermost server:
// no client ever sees it.
func (k signer) action(name string, subject int64, channelID string) map[string]any {
	s := strconv.FormatInt(subject, 10)
	return map[string]any{"action": name, "subject": s, "channel": channelID, "sig": hex.EncodeToString(k.sum(forAction, name, s, channelID))}
}

// actionFrom returns what a button of ours in that channel says, or false if it
// is not ours.
func (k signer) actionFrom(context map[string]any, channelID string) (name string, subject int64, ok bool) {
	name, _ = context["action"].(string)
	s, _ := context["subject"].(string)
	sig, _ := context["sig"].(string)
	given, err := hex.DecodeString(sig)
	if err != nil || subtle.ConstantTimeCompare(given, k.sum(forAction, name, s, channelID)) != 1 {
		return "", 0, false
	}
	subject, err = strconv.ParseInt(s, 10, 64)
	return name, subject, err == nil
}

// An opened dialog is what its state says: which, about what, for whom, where,
// until when, and a nonce of its own. The state lies in clear on the person's
// machine.
type opened struct {
	Form    string `json:"f"`
	Subject int64  `json:"s"`
	UserID  string `json:"u"`
	User    string `json:"n"` // user name
	Channel string `json:"c"` // id
	Until   int64  `json:"x"` // Unix seconds
	Nonce   string `json:"r"`
}

var (
	errForged  = errors.New("the state is not ours")
	errExpired = errors.New("the dialog stood open too long")
)

// state seals o.
func (k signer) state(o opened) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // of strings and numbers only
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + base64.RawURLEncoding.EncodeToString(k.sum(forDialog, body))
}

// stateFrom opens a state: it must be ours, for this user, and not too old.
func (k signer) stateFrom(state, userID string, now time.Time) (opened, error) {
	var o opened
	body, sig, _ := strings.Cut(state, ".")
	given, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil || subtle.ConstantTimeCompare(given, k.sum(forDialog, body)) != 1 {
		return o, errForged
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || json.Unmarshal(text, &o) != nil {
		return o, errForged
	}
	if subtle.ConstantTimeCompare([]byte(o.UserID), []byte(userID)) != 1 {
		return o, errForged
	}
	if !now.Before(time.Unix(o.Until, 0)) {
		return o, errExpired
	}
	return o, nil
}

// fingerprint makes an event id of something that must not be logged.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
