package primitives

import (
	"encoding/binary"
	"slices"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// HPKE base mode, single shot (RFC 9180), with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305.
var (
	kemSuite  = []byte{'K', 'E', 'M', 0x00, 0x20}
	hpkeSuite = []byte{'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x03}
)

const modeBase = 0

// HPKESeal seals to a public key, with the ephemeral secret key given. A public key that gives an all-zero result is
// refused (suite.x25519-zero).
func HPKESeal(recipient, ephemeral wire.Key, info, associatedData, plaintext []byte) (wire.Key, []byte, error) {
	dh, err := X25519(ephemeral, recipient)
	if err != nil {
		return wire.Key{}, nil, err
	}
	encapsulated := X25519Public(ephemeral)
	key, nonce := schedule(kemSecret(dh, encapsulated, recipient), info)
	return encapsulated, Seal(key, nonce, associatedData, plaintext), nil
}

// HPKEOpen opens with a secret key. What does not open is refused (suite.hpke-opens).
func HPKEOpen(recipient, encapsulated wire.Key, info, associatedData, ciphertext []byte) ([]byte, error) {
	refusal := verdict.Refuse(ClauseHPKEOpens, "does not open")
	dh, err := X25519(recipient, encapsulated)
	if err != nil {
		return nil, refusal
	}
	key, nonce := schedule(kemSecret(dh, encapsulated, X25519Public(recipient)), info)
	plaintext, err := Open(key, nonce, associatedData, ciphertext)
	if err != nil {
		return nil, refusal
	}
	return plaintext, nil
}

// kemSecret is ExtractAndExpand (RFC 9180 section 4.1).
func kemSecret(dh, encapsulated, recipient wire.Key) []byte {
	prk := labeledExtract(kemSuite, nil, "eae_prk", dh[:])
	return labeledExpand(kemSuite, prk, "shared_secret", slices.Concat(encapsulated[:], recipient[:]), 32)
}

// schedule is KeySchedule in base mode (RFC 9180 section 5.1), of the first message.
func schedule(shared, info []byte) (wire.Key, []byte) {
	context := slices.Concat(
		[]byte{modeBase},
		labeledExtract(hpkeSuite, nil, "psk_id_hash", nil),
		labeledExtract(hpkeSuite, nil, "info_hash", info),
	)
	secret := labeledExtract(hpkeSuite, shared, "secret", nil)
	return wire.Key(labeledExpand(hpkeSuite, secret, "key", context, 32)),
		labeledExpand(hpkeSuite, secret, "base_nonce", context, NonceLength)
}

func labeledExtract(suite, salt []byte, label string, input []byte) []byte {
	return extract(salt, slices.Concat([]byte("HPKE-v1"), suite, []byte(label), input))
}

func labeledExpand(suite, prk []byte, label string, info []byte, length int) []byte {
	head := binary.BigEndian.AppendUint16(nil, uint16(length))
	return expand(prk, slices.Concat(head, []byte("HPKE-v1"), suite, []byte(label), info), length)
}
