package wire

import (
	"bytes"
	"encoding/hex"
)

// ID identifies a group or a member.
type ID [16]byte

// Key is a key, secret or public, a digest, or another value of 32 bytes.
type Key [32]byte

// Signature is an Ed25519 signature.
type Signature [64]byte

// Bytes is a byte string whose form in JSON is lower-case hex.
type Bytes []byte

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Compare orders identifiers as their bytes, and thereby their hex, are ordered.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return hexText(id[:]), nil }

// MarshalText implements encoding.TextMarshaler.
func (k Key) MarshalText() ([]byte, error) { return hexText(k[:]), nil }

// MarshalText implements encoding.TextMarshaler.
func (s Signature) MarshalText() ([]byte, error) { return hexText(s[:]), nil }

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) { return hexText(b), nil }

func hexText(b []byte) []byte { return hex.AppendEncode(nil, b) }

// ParseHex reads lower-case hex.
func ParseHex(text string) ([]byte, bool) {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return nil, false
		}
	}
	parsed, err := hex.DecodeString(text)
	return parsed, err == nil
}

// Printable tells whether text is printable ASCII without spaces, from minimum to maximum characters.
func Printable(text string, minimum, maximum int) bool {
	for i := range len(text) {
		if text[i] < '!' || text[i] > '~' {
			return false
		}
	}
	return len(text) >= minimum && len(text) <= maximum
}
