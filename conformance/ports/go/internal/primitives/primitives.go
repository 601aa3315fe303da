// Package primitives has suite 1 (chapter "suite") and the labelled draws of vectors (chapter "randomness").
package primitives

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"

	"filippo.io/edwards25519"
	"golang.org/x/crypto/chacha20poly1305"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// The clauses of the chapter "suite".
const (
	ClauseLength        = "suite.length"
	ClauseX25519Zero    = "suite.x25519-zero"
	ClauseEd25519Strict = "suite.ed25519-strict"
	ClauseHKDFLength    = "suite.hkdf-length"
	ClauseAEADOpens     = "suite.aead-opens"
	ClauseHPKEOpens     = "suite.hpke-opens"
)

// Lengths in bytes.
const (
	NonceLength = chacha20poly1305.NonceSize
	TagLength   = chacha20poly1305.Overhead

	maximumHKDF = 255 * sha256.Size
)

// KeyOf gives bytes as a key; bytes of another length than 32 are refused.
func KeyOf(b []byte) (wire.Key, error) {
	if len(b) != len(wire.Key{}) {
		return wire.Key{}, verdict.Refuse(ClauseLength, "not 32 bytes")
	}
	return wire.Key(b), nil
}

// SignatureOf gives bytes as a signature; bytes of another length than 64 are refused.
func SignatureOf(b []byte) (wire.Signature, error) {
	if len(b) != len(wire.Signature{}) {
		return wire.Signature{}, verdict.Refuse(ClauseLength, "not 64 bytes")
	}
	return wire.Signature(b), nil
}

// SHA256 hashes.
func SHA256(data []byte) wire.Key { return sha256.Sum256(data) }

// HKDF extracts and expands. More than 8,160 bytes are refused.
func HKDF(salt, input, info []byte, length uint64) ([]byte, error) {
	if length > maximumHKDF {
		return nil, verdict.Refuse(ClauseHKDFLength, "over 8,160 bytes")
	}
	return expand(extract(salt, input), info, int(length)), nil
}

// Derive is HKDF with an output of 32 bytes.
func Derive(salt, input, info []byte) wire.Key {
	return wire.Key(expand(extract(salt, input), info, 32))
}

// Expand is HKDF-Expand alone, of a key that is uniformly random already.
func Expand(key wire.Key, info []byte, length int) []byte { return expand(key[:], info, length) }

func extract(salt, input []byte) []byte {
	prk, err := hkdf.Extract(sha256.New, input, salt)
	if err != nil {
		panic(err) // only when SHA-256 is not approved
	}
	return prk
}

func expand(prk, info []byte, length int) []byte {
	out, err := hkdf.Expand(sha256.New, prk, string(info), length)
	if err != nil {
		panic(err) // only for lengths that HKDF refuses
	}
	return out
}

// X25519Public gives the public key of a secret key.
func X25519Public(secret wire.Key) wire.Key {
	return wire.Key(x25519Secret(secret).PublicKey().Bytes())
}

// X25519 agrees on a secret. An all-zero result is refused.
func X25519(secret, public wire.Key) (wire.Key, error) {
	shared, ok := sharedSecret(secret, public)
	if !ok {
		return wire.Key{}, verdict.Refuse(ClauseX25519Zero, "all zero")
	}
	return shared, nil
}

// SmallOrder tells whether X25519 with the public key gives all zeroes: with one secret key as with any.
func SmallOrder(public wire.Key) bool {
	_, ok := sharedSecret(wire.Key{1}, public)
	return !ok
}

func x25519Secret(secret wire.Key) *ecdh.PrivateKey {
	key, err := ecdh.X25519().NewPrivateKey(secret[:])
	if err != nil {
		panic(err) // only for another length than 32
	}
	return key
}

// sharedSecret is false when the result is all zero.
func sharedSecret(secret, public wire.Key) (wire.Key, bool) {
	key, err := ecdh.X25519().NewPublicKey(public[:])
	if err != nil {
		return wire.Key{}, false
	}
	shared, err := x25519Secret(secret).ECDH(key)
	if err != nil {
		return wire.Key{}, false
	}
	return wire.Key(shared), true
}

// Ed25519Public gives the public key of a secret key.
func Ed25519Public(secret wire.Key) wire.Key {
	return wire.Key(ed25519.NewKeyFromSeed(secret[:]).Public().(ed25519.PublicKey))
}

// Sign signs with Ed25519.
func Sign(secret wire.Key, message []byte) wire.Signature {
	return wire.Signature(ed25519.Sign(ed25519.NewKeyFromSeed(secret[:]), message))
}

// Verify tells whether strict verification accepts a signature (chapter "suite", "Strict Ed25519").
func Verify(public wire.Key, message []byte, signature wire.Signature) bool {
	r, s := signature[:32], signature[32:]
	// 1. S < L
	scalar, err := edwards25519.NewScalar().SetCanonicalBytes(s)
	if err != nil {
		return false
	}
	// 2. R is no encoding of a point of small order, also none that is not canonical.
	if point, err := new(edwards25519.Point).SetBytes(r); err == nil && hasSmallOrder(point) {
		return false
	}
	// 3. A is canonical, on the curve, and not of small order.
	key, err := new(edwards25519.Point).SetBytes(public[:])
	if err != nil || hasSmallOrder(key) || !bytes.Equal(key.Bytes(), public[:]) {
		return false
	}
	// 4. [S]B - [k]A is R, byte for byte.
	hash := sha512.New()
	hash.Write(r)
	hash.Write(public[:])
	hash.Write(message)
	k, err := edwards25519.NewScalar().SetUniformBytes(hash.Sum(nil))
	if err != nil {
		return false
	}
	check := new(edwards25519.Point).VarTimeDoubleScalarBaseMult(k, key.Negate(key), scalar)
	return bytes.Equal(check.Bytes(), r)
}

func hasSmallOrder(point *edwards25519.Point) bool {
	return new(edwards25519.Point).MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1
}

// Seal seals with ChaCha20-Poly1305 under a nonce of 12 bytes.
func Seal(key wire.Key, nonce, associatedData, plaintext []byte) []byte {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic(err) // only for another length than 32
	}
	return aead.Seal(nil, nonce, plaintext, associatedData)
}

// Open opens with ChaCha20-Poly1305 under a nonce of 12 bytes. What does not open is refused.
func Open(key wire.Key, nonce, associatedData, ciphertext []byte) ([]byte, error) {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic(err) // only for another length than 32
	}
	plaintext, err := aead.Open(nil, nonce, ciphertext, associatedData)
	if err != nil {
		return nil, verdict.Refuse(ClauseAEADOpens, "does not open")
	}
	return plaintext, nil
}

// Draw gives the bytes of a label, from a seed (randomness.labelled-draw).
func Draw(seed wire.Key, label string, length uint64) ([]byte, error) {
	return HKDF([]byte("conclave/1 draw"), seed[:], []byte(label), length)
}

// DrawKey draws 32 bytes.
func DrawKey(seed wire.Key, label string) wire.Key {
	return Derive([]byte("conclave/1 draw"), seed[:], []byte(label))
}

// RandomKey gives 32 bytes of the system's randomness.
func RandomKey() (drawn wire.Key) {
	rand.Read(drawn[:]) // it never fails: where there is none, the program ends
	return drawn
}
