// Package sealed seals a whole backup, so that only who holds a secret key of age
// can open it. The database seals what people wrote by itself; a sealed backup
// hides also how many they are, and when they wrote.
package sealed

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"filippo.io/age"
)

// ErrRecipient means that what was given is no public key that a backup can be
// sealed to.
var ErrRecipient = errors.New("no key that a backup can be sealed to")

// ErrIdentity means that a sealed backup does not open with what was given.
var ErrIdentity = errors.New("the backup does not open")

// NewIdentity makes a pair of keys for backups: the secret one opens what was
// sealed to the public one.
func NewIdentity() (secret, public string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	return id.String(), id.Recipient().String(), nil
}

// CheckRecipients reports which of keys are no public keys of age.
func CheckRecipients(keys []string) error {
	_, err := recipients(keys)
	return err
}

func recipients(keys []string) ([]age.Recipient, error) {
	var to []age.Recipient
	var wrong []error
	for i, key := range keys {
		if strings.HasPrefix(strings.ToUpper(key), "AGE-SECRET-KEY-") {
			// Never repeated: it is a secret that somebody put in the wrong place.
			wrong = append(wrong, fmt.Errorf("%w: number %d is a secret key; give the public one, which begins with age1", ErrRecipient, i+1))
			continue
		}
		found, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil || len(found) != 1 {
			wrong = append(wrong, fmt.Errorf("%w: number %d must be one public key, which begins with age1", ErrRecipient, i+1))
			continue
		}
		to = append(to, found...)
	}
	if len(keys) == 0 {
		wrong = append(wrong, fmt.Errorf("%w: none was given", ErrRecipient))
	}
	return to, errors.Join(wrong...)
}

// Write reads a copy from the beginning and puts it, sealed to the public keys of
// age in keys, into the empty file to: without one of their secret halves it does
// not even show when somebody wrote. What was written is opened and compared before
// it returns.
func Write(ctx context.Context, to io.ReadWriteSeeker, from io.Reader, keys []string) error {
	all, err := recipients(keys)
	if err != nil {
		return err
	}
	// A key that nobody has once this returns: with it the file is read back.
	witness, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	was := sha256.New()
	sealing, err := age.Encrypt(to, append([]age.Recipient{witness.Recipient()}, all...)...)
	if err != nil {
		return err
	}
	if err := copyAll(ctx, sealing, io.TeeReader(from, was)); err != nil {
		return err
	}
	if err := sealing.Close(); err != nil {
		return err
	}
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return same(ctx, to, witness, was)
}

// same opens what was sealed and compares it with what went in.
func same(ctx context.Context, sealed io.Reader, witness age.Identity, was hash.Hash) error {
	opened, err := age.Decrypt(bufio.NewReader(sealed), witness)
	if err != nil {
		return fmt.Errorf("read the copy back: %w", err)
	}
	is := sha256.New()
	if err := copyAll(ctx, is, opened); err != nil {
		return fmt.Errorf("read the copy back: %w", err)
	}
	if !bytes.Equal(is.Sum(nil), was.Sum(nil)) {
		return errors.New("read the copy back: it is not what was written")
	}
	return nil
}

// copyAll copies until ctx ends.
func copyAll(ctx context.Context, to io.Writer, from io.Reader) error {
	_, err := io.Copy(to, untilDone{ctx, from})
	return err
}

type untilDone struct {
	ctx context.Context
	io.Reader
}

func (r untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// sealedByAge is how every file of age begins.
const sealedByAge = "age-encryption.org/"

// Read copies a backup, sealed or not, to the writer. A sealed one is opened with
// identity, the text of a file with secret keys; sealed says that it was. Before an
// error a part of it may have been copied.
func Read(ctx context.Context, to io.Writer, from io.Reader, identity string) (sealed bool, err error) {
	in := bufio.NewReader(from)
	if start, _ := in.Peek(len(sealedByAge)); string(start) != sealedByAge {
		return false, copyAll(ctx, to, in)
	}
	if strings.TrimSpace(identity) == "" {
		return true, fmt.Errorf("%w: it is sealed, and no secret key was given; name the file that holds it with -identity", ErrIdentity)
	}
	ids, err := age.ParseIdentities(strings.NewReader(identity))
	if err != nil {
		return true, fmt.Errorf("%w: the file of -identity holds no secret key of age", ErrIdentity) // its words may hold a key
	}
	opened, err := age.Decrypt(in, ids...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return true, fmt.Errorf("%w: it was sealed to other keys than the one given", ErrIdentity)
	}
	if err == nil {
		err = copyAll(ctx, to, opened)
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: it is damaged, or cut off (%w)", ErrIdentity, err)
	}
	return true, err
}
