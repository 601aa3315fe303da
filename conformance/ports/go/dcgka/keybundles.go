package dcgka

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	suiteNumber = 1

	// grace is how long a signed prekey is kept after it has expired, in seconds.
	grace = 604_800
)

// A keyring has a user's keys, and what is known of other users. Draws are from its seed, or from the system.
type keyring struct {
	seed               key
	isRandom           bool
	User               string
	SigningSecretKey   key
	AgreementSecretKey key
	SignedPrekeys      []signedPrekey
	OneTimePrekeys     []oneTimePrekey
	NextPrekeyID       uint64
	Contacts           map[string]contact
}

type signedPrekey struct {
	ID        uint64
	SecretKey key
	Expires   uint64
}

type oneTimePrekey struct {
	ID             uint64
	SignedPrekeyID uint64
	SecretKey      key
}

// A contact is what is known of another user: its identity keys, the bundles not yet taken, and the prekey ids of those
// that were.
type contact struct {
	SigningKey   key
	AgreementKey key
	Bundles      []keyBundle
	Taken        []prekeyIDs
}

type prekeyIDs struct{ Signed, OneTime uint64 }

func (b keyBundle) ids() prekeyIDs { return prekeyIDs{b.SignedPrekeyID, b.OneTimePrekeyID} }

func (k *keyring) clone() *keyring {
	c := *k
	c.SignedPrekeys = slices.Clone(k.SignedPrekeys)
	c.OneTimePrekeys = slices.Clone(k.OneTimePrekeys)
	c.Contacts = maps.Clone(k.Contacts)
	return &c
}

func (k *keyring) draw(format string, values ...any) key {
	if k.isRandom {
		return primitives.RandomKey()
	}
	return primitives.DrawKey(k.seed, fmt.Sprintf(format, values...))
}

// drawBytes draws fewer bytes than a key has: HKDF gives the first ones of a longer output.
func (k *keyring) drawBytes(length int, format string, values ...any) []byte {
	drawn := k.draw(format, values...)
	return drawn[:length]
}

// newKeyring is key-bundles.generate.
func newKeyring(user string, seed key) *keyring {
	k := &keyring{seed: seed, User: user, Contacts: map[string]contact{}}
	return k.withIdentity()
}

// newRandomKeyring is newKeyring with randomness from the system, then and later.
func newRandomKeyring(user string) *keyring {
	k := &keyring{isRandom: true, User: user, Contacts: map[string]contact{}}
	return k.withIdentity()
}

func (k *keyring) withIdentity() *keyring {
	k.SigningSecretKey = k.draw("identity/signing")
	k.AgreementSecretKey = k.draw("identity/agreement")
	return k
}

func (k *keyring) signingKey() key   { return primitives.Ed25519Public(k.SigningSecretKey) }
func (k *keyring) agreementKey() key { return primitives.X25519Public(k.AgreementSecretKey) }

// drawPrekey draws a prekey with the next id.
func (k *keyring) drawPrekey() (uint64, key) {
	number := k.NextPrekeyID
	k.NextPrekeyID++
	return number, k.draw("prekey/%d", number)
}

// rotate is key-bundles.rotate.
func (k *keyring) rotate(expires uint64) {
	number, secret := k.drawPrekey()
	k.SignedPrekeys = append(k.SignedPrekeys, signedPrekey{number, secret, expires})
}

// publish is key-bundles.publish.
func (k *keyring) publish() ([]byte, error) {
	if len(k.SignedPrekeys) == 0 {
		return nil, verdict.Refuse("key-bundles.signed-prekey", "no signed prekey")
	}
	signed := k.SignedPrekeys[len(k.SignedPrekeys)-1]
	number, secret := k.drawPrekey()
	k.OneTimePrekeys = append(k.OneTimePrekeys, oneTimePrekey{number, signed.ID, secret})
	bundle := keyBundle{
		Suite:           suiteNumber,
		User:            k.User,
		SigningKey:      k.signingKey(),
		AgreementKey:    k.agreementKey(),
		SignedPrekeyID:  signed.ID,
		SignedPrekey:    primitives.X25519Public(signed.SecretKey),
		OneTimePrekeyID: number,
		OneTimePrekey:   primitives.X25519Public(secret),
		Expires:         signed.Expires,
	}
	bundle.Signature = primitives.Sign(k.SigningSecretKey, bundle.signed())
	return wire.Encode(bundle), nil
}

// signed is what the signature of a bundle covers.
func (b keyBundle) signed() []byte {
	fields := wire.Fields(b).([]any)
	return wire.CBOR(slices.Concat([]any{"conclave/1 key bundle"}, fields[:len(fields)-1])...)
}

// verifyBundle is key-bundles.verify.
func verifyBundle(input []byte, now uint64) (keyBundle, error) {
	bundle, err := wire.Decode[keyBundle](input)
	switch {
	case err != nil:
		return bundle, err
	case bundle.Suite != suiteNumber:
		return bundle, verdict.Refuse("key-bundles.suite", "another suite")
	case !primitives.Verify(bundle.SigningKey, bundle.signed(), bundle.Signature):
		return bundle, verdict.Refuse("key-bundles.signature", "not signed")
	case now >= bundle.Expires:
		return bundle, verdict.Refuse("key-bundles.valid", "expired")
	}
	for _, public := range []key{bundle.AgreementKey, bundle.SignedPrekey, bundle.OneTimePrekey} {
		if primitives.SmallOrder(public) {
			return bundle, verdict.Refuse("key-bundles.agreement-zero", "a key of small order")
		}
	}
	return bundle, nil
}

// learn is key-bundles.learn.
func (k *keyring) learn(input []byte, now uint64) (keyBundle, error) {
	bundle, err := verifyBundle(input, now)
	if err != nil {
		return bundle, err
	}
	known, ok := k.Contacts[bundle.User]
	if !ok {
		known = contact{SigningKey: bundle.SigningKey, AgreementKey: bundle.AgreementKey}
	}
	if known.SigningKey != bundle.SigningKey || known.AgreementKey != bundle.AgreementKey {
		return bundle, verdict.Refuse("key-bundles.same-identity", "another identity")
	}
	isSame := func(other keyBundle) bool { return other.ids() == bundle.ids() }
	if slices.Contains(known.Taken, bundle.ids()) || slices.ContainsFunc(known.Bundles, isSame) {
		return bundle, verdict.Ignored{}
	}
	known.Bundles = slices.Concat(known.Bundles, []keyBundle{bundle})
	k.Contacts[bundle.User] = known
	return bundle, nil
}

func waitForBundle(user string) error { return verdict.Wait("bundle", user) }

// take is key-bundles.take.
func (k *keyring) take(user string) (keyBundle, error) {
	known := k.Contacts[user]
	if len(known.Bundles) == 0 {
		return keyBundle{}, waitForBundle(user)
	}
	bundle := known.Bundles[0]
	known.Bundles = slices.Clone(known.Bundles[1:])
	known.Taken = slices.Concat(known.Taken, []prekeyIDs{bundle.ids()})
	k.Contacts[user] = known
	return bundle, nil
}

// retire is key-bundles.retire.
func (k *keyring) retire(now uint64) {
	k.SignedPrekeys = slices.DeleteFunc(k.SignedPrekeys, func(signed signedPrekey) bool {
		if signed.Expires+grace > now {
			return false
		}
		k.OneTimePrekeys = slices.DeleteFunc(k.OneTimePrekeys, func(oneTime oneTimePrekey) bool {
			return oneTime.SignedPrekeyID == signed.ID
		})
		return true
	})
	k.dropBundles(func(bundle keyBundle) bool { return bundle.Expires <= now })
}

// dropBundles deletes bundles of contacts as if they had been taken.
func (k *keyring) dropBundles(isDropped func(keyBundle) bool) {
	for user, known := range k.Contacts {
		var kept []keyBundle
		taken := slices.Clone(known.Taken)
		for _, bundle := range known.Bundles {
			if isDropped(bundle) {
				taken = append(taken, bundle.ids())
			} else {
				kept = append(kept, bundle)
			}
		}
		known.Bundles, known.Taken = kept, taken
		k.Contacts[user] = known
	}
}

// agreement is the secret key and the public key of one of the four Diffie-Hellman computations.
type agreement struct{ secret, public key }

// firstContactKey computes the four results and the key. The public keys are A, B, E, S and O.
func firstContactKey(agreements [4]agreement, context []byte, public [5]key) (key, error) {
	input := bytes.Repeat([]byte{0xff}, 32)
	for _, dh := range agreements {
		shared, err := primitives.X25519(dh.secret, dh.public)
		if err != nil {
			return key{}, verdict.Refuse("key-bundles.agreement-zero", "all zero")
		}
		input = append(input, shared[:]...)
	}
	info := []any{"conclave/1 first contact", context}
	for _, k := range public {
		info = append(info, k[:])
	}
	return primitives.Derive(nil, input, wire.CBOR(info...)), nil
}

var firstContactNonce = make([]byte, primitives.NonceLength)

// initiate is key-bundles.initiate. It gives the ephemeral public key and the ciphertext.
func (k *keyring) initiate(bundle keyBundle, ephemeral key, context, associatedData, plaintext []byte) (key, []byte, error) {
	public := primitives.X25519Public(ephemeral)
	sealing, err := firstContactKey([4]agreement{
		{k.AgreementSecretKey, bundle.SignedPrekey},
		{ephemeral, bundle.AgreementKey},
		{ephemeral, bundle.SignedPrekey},
		{ephemeral, bundle.OneTimePrekey},
	}, context, [5]key{k.agreementKey(), bundle.AgreementKey, public, bundle.SignedPrekey, bundle.OneTimePrekey})
	if err != nil {
		return key{}, nil, err
	}
	return public, primitives.Seal(sealing, firstContactNonce, associatedData, plaintext), nil
}

// respond is key-bundles.respond, to a first contact from the user with the agreement key.
func (k *keyring) respond(agreementKey key, message firstContact, context, associatedData []byte) ([]byte, error) {
	oneTime := slices.IndexFunc(k.OneTimePrekeys, func(p oneTimePrekey) bool {
		return p.ID == message.OneTimePrekeyID && p.SignedPrekeyID == message.SignedPrekeyID
	})
	signed := slices.IndexFunc(k.SignedPrekeys, func(p signedPrekey) bool { return p.ID == message.SignedPrekeyID })
	if oneTime < 0 || signed < 0 {
		return nil, verdict.Refuse("key-bundles.prekey-held", "a prekey that is not held")
	}
	signedSecret, oneTimeSecret := k.SignedPrekeys[signed].SecretKey, k.OneTimePrekeys[oneTime].SecretKey
	opening, err := firstContactKey([4]agreement{
		{signedSecret, agreementKey},
		{k.AgreementSecretKey, message.EphemeralKey},
		{signedSecret, message.EphemeralKey},
		{oneTimeSecret, message.EphemeralKey},
	}, context, [5]key{
		agreementKey, k.agreementKey(), message.EphemeralKey,
		primitives.X25519Public(signedSecret), primitives.X25519Public(oneTimeSecret),
	})
	if err != nil {
		return nil, err
	}
	plaintext, err := primitives.Open(opening, firstContactNonce, associatedData, message.Ciphertext)
	if err != nil {
		return nil, err
	}
	k.OneTimePrekeys = slices.Delete(k.OneTimePrekeys, oneTime, oneTime+1)
	return plaintext, nil
}

func registerKeyBundles(p *peer.Peer, users *peer.Store[*user]) {
	p.Layer("key-bundles")
	p.Register("keys.generate", func(p *peer.Params) (peer.Output, error) {
		on, name, seed := p.Name("on"), p.User("user"), p.Hex("seed")
		if err := p.Done(); err != nil {
			return nil, err
		}
		taken, err := primitives.KeyOf(seed)
		if err != nil {
			return nil, err
		}
		made := newUser(name, taken)
		users.Make(on, made)
		return peer.Output{"signingKey": made.Keys.signingKey(), "agreementKey": made.Keys.agreementKey()}, nil
	})
	p.Register("keys.rotate", func(p *peer.Params) (peer.Output, error) {
		on, expires := p.Name("on"), p.Count("expires")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			u.Keys.rotate(expires)
			return nil, nil
		})
	})
	p.Register("keys.publish", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			bundle, err := u.Keys.publish()
			return peer.Output{"bundle": octet(bundle)}, err
		})
	})
	p.Register("keys.verify", func(p *peer.Params) (peer.Output, error) {
		bundle, now := p.Hex("bundle"), p.Count("now")
		if err := p.Done(); err != nil {
			return nil, err
		}
		verified, err := verifyBundle(bundle, now)
		return peer.Output{"user": verified.User}, err
	})
	p.Register("keys.learn", func(p *peer.Params) (peer.Output, error) {
		on, bundle, now := p.Name("on"), p.Hex("bundle"), p.Count("now")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) { return nil, u.learn(bundle, now) })
	})
	p.Register("keys.retire", func(p *peer.Params) (peer.Output, error) {
		on, now := p.Name("on"), p.Count("now")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			u.Keys.retire(now)
			return nil, nil
		})
	})
	p.Register("first-contact.initiate", func(p *peer.Params) (peer.Output, error) {
		on, name, secret := p.Name("on"), p.User("user"), p.Hex("ephemeralSecretKey")
		context, associatedData, plaintext := p.Hex("context"), p.Hex("associatedData"), p.Hex("plaintext")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			ephemeral, err := primitives.KeyOf(secret)
			if err != nil {
				return nil, err
			}
			bundle, err := u.Keys.take(name)
			if err != nil {
				return nil, err
			}
			public, ciphertext, err := u.Keys.initiate(bundle, ephemeral, context, associatedData, plaintext)
			return peer.Output{
				"ephemeralKey":    public,
				"signedPrekeyId":  bundle.SignedPrekeyID,
				"oneTimePrekeyId": bundle.OneTimePrekeyID,
				"ciphertext":      octet(ciphertext),
			}, err
		})
	})
	p.Register("first-contact.respond", func(p *peer.Params) (peer.Output, error) {
		on, agreementKey, ephemeralKey := p.Name("on"), p.Hex("agreementKey"), p.Hex("ephemeralKey")
		context, associatedData := p.Hex("context"), p.Hex("associatedData")
		message := firstContact{
			SignedPrekeyID:  p.Count("signedPrekeyId"),
			OneTimePrekeyID: p.Count("oneTimePrekeyId"),
			Ciphertext:      p.Hex("ciphertext"),
		}
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			taken, err := keys(agreementKey, ephemeralKey)
			if err != nil {
				return nil, err
			}
			message.EphemeralKey = taken[1]
			plaintext, err := u.Keys.respond(taken[0], message, context, associatedData)
			return peer.Output{"plaintext": octet(plaintext)}, err
		})
	})
}
