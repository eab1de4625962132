package sqlite

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// keyIDSize is how much of a key's name stands before every sealed value.
const keyIDSize = 4

// errUnsealed means that a sealed value was changed, moved to another row, or
// belongs to a key that is not on the ring.
var errUnsealed = errors.New("sealed value does not open")

// A ring is every key that the database may have been sealed with. The first
// seals, all of them open.
type ring []ringKey

type ringKey struct {
	id   []byte
	aead cipher.AEAD // AES-256-GCM with a random nonce before each value
	look []byte      // for keyed hashes
}

func newRing(keys [][]byte) (ring, error) {
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: no key was given", ErrKey)
	}
	var r ring
	for i, master := range keys {
		if len(master) != KeySize {
			return nil, fmt.Errorf("%w: key %d has %d bytes, want %d; `houvast key` makes one", ErrKey, i+1, len(master), KeySize)
		}
		k, err := newRingKey(master)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		r = append(r, k)
	}
	return r, nil
}

// newRingKey derives what one master key is used for. The uses are kept apart,
// so that a keyed hash says nothing about a sealed value.
func newRingKey(master []byte) (ringKey, error) {
	var parts [3][]byte
	for i, use := range []string{"houvast: name", "houvast: seal", "houvast: look up"} {
		part, err := hkdf.Key(sha256.New, master, nil, use, KeySize)
		if err != nil {
			return ringKey{}, err
		}
		parts[i] = part
	}
	block, err := aes.NewCipher(parts[1])
	if err != nil {
		return ringKey{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return ringKey{}, err
	}
	return ringKey{id: parts[0][:keyIDSize], aead: aead, look: parts[2]}, nil
}

// place names the one cell that a sealed value belongs to, such as "words.body.17".
func place(table, column string, row int64) []byte {
	b := make([]byte, 0, 40)
	b = append(b, table...)
	b = append(b, '.')
	b = append(b, column...)
	b = append(b, '.')
	return strconv.AppendInt(b, row, 10)
}

// seal returns the key's name and plain sealed, bound to its cell: moved to
// another row or column it does not open.
func (r ring) seal(table, column string, row int64, plain []byte) []byte {
	out := make([]byte, keyIDSize, keyIDSize+len(plain)+r[0].aead.Overhead())
	copy(out, r[0].id)
	return r[0].aead.Seal(out, nil, plain, place(table, column, row))
}

// open returns what seal was given.
func (r ring) open(table, column string, row int64, sealed []byte) ([]byte, error) {
	if len(sealed) < keyIDSize {
		return nil, fmt.Errorf("%s: %w", place(table, column, row), errUnsealed)
	}
	for _, k := range r {
		if !bytes.Equal(k.id, sealed[:keyIDSize]) {
			continue
		}
		plain, err := k.aead.Open(nil, nil, sealed[keyIDSize:], place(table, column, row))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place(table, column, row), errUnsealed)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("%s: %w: key %s is not given", place(table, column, row), errUnsealed, hex.EncodeToString(sealed[:keyIDSize]))
}

// sealJSON seals a whole row.
func (r ring) sealJSON(table, column string, row int64, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place(table, column, row), err)
	}
	return r.seal(table, column, row, plain), nil
}

// openJSON opens a whole row into v.
func (r ring) openJSON(table, column string, row int64, sealed []byte, v any) error {
	plain, err := r.open(table, column, row, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("%s: %w", place(table, column, row), err)
	}
	return nil
}

// hash returns a keyed hash of parts, by which a row is found without the file
// saying whose it is. What keeps equal words of different columns apart.
func (r ring) hash(what string, parts ...string) []byte {
	h := hmac.New(sha256.New, r[0].look)
	h.Write([]byte(what))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	return h.Sum(nil)[:16]
}
