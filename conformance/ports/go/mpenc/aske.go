package mpenc

import (
	"crypto/sha256"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
)

// Exchange is an exchange of signature keys whose lists are complete: the members in the order of the flow, their nonces
// and ephemeral public keys in the same order, and the session id.
type Exchange struct {
	Members    []Name `json:"members" min:"1"`
	Nonces     []Key  `json:"nonces" min:"1"`
	PublicKeys []Key  `json:"publicKeys" min:"1"`
	SessionID  Key    `json:"sessionId"`
}

// authenticatorContext is what an authenticator begins with.
const authenticatorContext = "acksig"

// sessionID is the session id of complete lists (aske.complete).
func sessionID(members []Name, nonces [][]byte, publicKeys []Key) (Key, error) {
	if !distinct.Are(members) || len(nonces) != len(members) || len(publicKeys) != len(members) {
		return Key{}, refused("aske.members")
	}
	names, inOrder := []byte{}, []byte{}
	for _, member := range sorted(members) {
		names = append(names, member...)
		inOrder = append(inOrder, nonces[slices.Index(members, member)]...)
	}
	id := Key(sha256.Sum256(append(names, inOrder...)))
	return id, nil
}

// complete is the exchange of complete lists.
func complete(members []Name, nonces, publicKeys []Key) (*Exchange, error) {
	id, err := sessionID(members, bytesOfKeys(nonces), publicKeys)
	return &Exchange{members, nonces, publicKeys, id}, err
}

func bytesOfKeys(keys []Key) [][]byte {
	list := make([][]byte, len(keys))
	for i := range keys {
		list[i] = keys[i][:]
	}
	return list
}

// authenticator is the authenticator of a member (aske.authenticator).
func authenticator(member Name, members []Name, nonces [][]byte, publicKeys []Key, sessionID Key) ([]byte, error) {
	at := slices.Index(members, member)
	if at < 0 {
		return nil, refused("aske.member")
	}
	made := slices.Concat([]byte(authenticatorContext), []byte(member), publicKeys[at][:], nonces[at], sessionID[:])
	return made, nil
}

// signAuthenticator is the acknowledgement that an authenticator makes.
func signAuthenticator(authenticator []byte, identitySecretKey Key) Signature {
	hash := sha256.Sum256(authenticator)
	return primitives.Sign(identitySecretKey, hash[:])
}

// checkAuthenticator verifies the acknowledgement that an authenticator makes.
func checkAuthenticator(authenticator []byte, identityKey Key, signature Signature) error {
	hash := sha256.Sum256(authenticator)
	if !primitives.Verify(identityKey, hash[:], signature) {
		return refused("aske.acknowledgement")
	}
	return nil
}

// acknowledge acknowledges the exchange (aske.acknowledge).
func (e *Exchange) acknowledge(me Name, identitySecretKey Key) (Signature, error) {
	made, err := authenticator(me, e.Members, bytesOfKeys(e.Nonces), e.PublicKeys, e.SessionID)
	if err != nil {
		return Signature{}, err
	}
	return signAuthenticator(made, identitySecretKey), nil
}

// verify verifies the acknowledgement of a member (aske.verify).
func (e *Exchange) verify(member Name, identityKey Key, signature Signature) error {
	made, err := authenticator(member, e.Members, bytesOfKeys(e.Nonces), e.PublicKeys, e.SessionID)
	if err != nil {
		return err
	}
	return checkAuthenticator(made, identityKey, signature)
}

// nonceOf is the nonce of a member, and whether it is one.
func (e *Exchange) nonceOf(member Name) (Key, bool) { return at(e.Members, e.Nonces, member) }

// publicKeyOf is the ephemeral public key of a member, and whether it is one.
func (e *Exchange) publicKeyOf(member Name) (Key, bool) { return at(e.Members, e.PublicKeys, member) }

// at is what a list has for a member. The list may be shorter than that of the members.
func at(members []Name, list []Key, member Name) (Key, bool) {
	i := slices.Index(members, member)
	if i < 0 || i >= len(list) {
		return Key{}, false
	}
	return list[i], true
}
