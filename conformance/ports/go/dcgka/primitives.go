package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

func registerPrimitives(p *peer.Peer) {
	p.Layer("primitives")
	p.Register("primitives.sha256", primitivesSHA256)
	p.Register("primitives.hkdf", primitivesHKDF)
	p.Register("primitives.x25519-public", publicKeyBy(primitives.X25519Public))
	p.Register("primitives.x25519", primitivesX25519)
	p.Register("primitives.ed25519-public", publicKeyBy(primitives.Ed25519Public))
	p.Register("primitives.ed25519-sign", primitivesEd25519Sign)
	p.Register("primitives.ed25519-verify", primitivesEd25519Verify)
	p.Register("primitives.aead-seal", primitivesAEADSeal)
	p.Register("primitives.aead-open", primitivesAEADOpen)
	p.Register("primitives.hpke-seal", primitivesHPKESeal)
	p.Register("primitives.hpke-open", primitivesHPKEOpen)
	p.Register("primitives.draw", primitivesDraw)
}

// keys gives several byte strings as keys; one that is not 32 bytes long is refused.
func keys(all ...[]byte) ([]wire.Key, error) {
	taken := make([]wire.Key, len(all))
	for i, b := range all {
		key, err := primitives.KeyOf(b)
		if err != nil {
			return nil, err
		}
		taken[i] = key
	}
	return taken, nil
}

func primitivesSHA256(p *peer.Params) (peer.Output, error) {
	data := p.Hex("data")
	if err := p.Done(); err != nil {
		return nil, err
	}
	return peer.Output{"digest": primitives.SHA256(data)}, nil
}

func primitivesHKDF(p *peer.Params) (peer.Output, error) {
	salt, input, info, length := p.Hex("salt"), p.Hex("input"), p.Hex("info"), p.Count("length")
	if err := p.Done(); err != nil {
		return nil, err
	}
	output, err := primitives.HKDF(salt, input, info, length)
	return peer.Output{"output": wire.Bytes(output)}, err
}

// publicKeyBy gives the method by which a public key follows from a secret one.
func publicKeyBy(follow func(key) key) func(*peer.Params) (peer.Output, error) {
	return func(p *peer.Params) (peer.Output, error) {
		secret := p.Hex("secretKey")
		if err := p.Done(); err != nil {
			return nil, err
		}
		taken, err := primitives.KeyOf(secret)
		if err != nil {
			return nil, err
		}
		return peer.Output{"publicKey": follow(taken)}, nil
	}
}

func primitivesX25519(p *peer.Params) (peer.Output, error) {
	secret, public := p.Hex("secretKey"), p.Hex("publicKey")
	if err := p.Done(); err != nil {
		return nil, err
	}
	taken, err := keys(secret, public)
	if err != nil {
		return nil, err
	}
	shared, err := primitives.X25519(taken[0], taken[1])
	return peer.Output{"sharedSecret": shared}, err
}

func primitivesEd25519Sign(p *peer.Params) (peer.Output, error) {
	secret, message := p.Hex("secretKey"), p.Hex("message")
	if err := p.Done(); err != nil {
		return nil, err
	}
	key, err := primitives.KeyOf(secret)
	if err != nil {
		return nil, err
	}
	return peer.Output{"signature": primitives.Sign(key, message)}, nil
}

func primitivesEd25519Verify(p *peer.Params) (peer.Output, error) {
	public, message, signature := p.Hex("publicKey"), p.Hex("message"), p.Hex("signature")
	if err := p.Done(); err != nil {
		return nil, err
	}
	key, err := primitives.KeyOf(public)
	if err != nil {
		return nil, err
	}
	signed, err := primitives.SignatureOf(signature)
	if err != nil {
		return nil, err
	}
	if !primitives.Verify(key, message, signed) {
		return nil, verdict.Refuse(primitives.ClauseEd25519Strict, "not accepted")
	}
	return nil, nil
}

// aeadKey takes a key and a nonce by their lengths.
func aeadKey(key, nonce []byte) (wire.Key, error) {
	if len(nonce) != primitives.NonceLength {
		return wire.Key{}, verdict.Refuse(primitives.ClauseLength, "a nonce that is not 12 bytes")
	}
	return primitives.KeyOf(key)
}

func primitivesAEADSeal(p *peer.Params) (peer.Output, error) {
	key, nonce, associatedData, plaintext := p.Hex("key"), p.Hex("nonce"), p.Hex("associatedData"), p.Hex("plaintext")
	if err := p.Done(); err != nil {
		return nil, err
	}
	taken, err := aeadKey(key, nonce)
	if err != nil {
		return nil, err
	}
	return peer.Output{"ciphertext": wire.Bytes(primitives.Seal(taken, nonce, associatedData, plaintext))}, nil
}

func primitivesAEADOpen(p *peer.Params) (peer.Output, error) {
	key, nonce, associatedData, ciphertext := p.Hex("key"), p.Hex("nonce"), p.Hex("associatedData"), p.Hex("ciphertext")
	if err := p.Done(); err != nil {
		return nil, err
	}
	taken, err := aeadKey(key, nonce)
	if err != nil {
		return nil, err
	}
	plaintext, err := primitives.Open(taken, nonce, associatedData, ciphertext)
	return peer.Output{"plaintext": wire.Bytes(plaintext)}, err
}

func primitivesHPKESeal(p *peer.Params) (peer.Output, error) {
	recipient, ephemeral := p.Hex("recipientPublicKey"), p.Hex("ephemeralSecretKey")
	info, associatedData, plaintext := p.Hex("info"), p.Hex("associatedData"), p.Hex("plaintext")
	if err := p.Done(); err != nil {
		return nil, err
	}
	taken, err := keys(recipient, ephemeral)
	if err != nil {
		return nil, err
	}
	encapsulated, ciphertext, err := primitives.HPKESeal(taken[0], taken[1], info, associatedData, plaintext)
	return peer.Output{"encapsulatedKey": encapsulated, "ciphertext": wire.Bytes(ciphertext)}, err
}

func primitivesHPKEOpen(p *peer.Params) (peer.Output, error) {
	recipient, encapsulated := p.Hex("recipientSecretKey"), p.Hex("encapsulatedKey")
	info, associatedData, ciphertext := p.Hex("info"), p.Hex("associatedData"), p.Hex("ciphertext")
	if err := p.Done(); err != nil {
		return nil, err
	}
	taken, err := keys(recipient, encapsulated)
	if err != nil {
		return nil, err
	}
	plaintext, err := primitives.HPKEOpen(taken[0], taken[1], info, associatedData, ciphertext)
	return peer.Output{"plaintext": wire.Bytes(plaintext)}, err
}

func primitivesDraw(p *peer.Params) (peer.Output, error) {
	seed, label, length := p.Hex("seed"), p.Label("label"), p.Count("length")
	if err := p.Done(); err != nil {
		return nil, err
	}
	key, err := primitives.KeyOf(seed)
	if err != nil {
		return nil, err
	}
	drawn, err := primitives.Draw(key, label, length)
	return peer.Output{"bytes": wire.Bytes(drawn)}, err
}
