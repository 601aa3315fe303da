package mpenc

import (
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
)

// Agreement is what a member holds of a key agreement: the members in their order, their intermediate keys in the same
// order, its own contributions, oldest first, and the group key once it has one.
type Agreement struct {
	Members          []Name            `json:"members" min:"1"`
	IntermediateKeys []IntermediateKey `json:"intermediateKeys"`
	Contributions    []Key             `json:"contributions"`
	GroupKey         *Key              `json:"groupKey"`
}

// groupKeyInfo is the info of the derivation of a group key.
const groupKeyInfo = "mpenc group key"

// multiply is the product of an intermediate key and contributions, one after the other.
func multiply(key IntermediateKey, contributions ...Key) (IntermediateKey, error) {
	for _, contribution := range contributions {
		if len(key) == 0 {
			public := primitives.X25519Public(contribution)
			key = public[:]
			continue
		}
		product, err := primitives.X25519(contribution, Key(key))
		if err != nil {
			return nil, err
		}
		key = product[:]
	}
	return key, nil
}

// isSmallOrder says whether the product of an intermediate key with any contribution is all zero.
func isSmallOrder(key IntermediateKey) bool {
	return len(key) > 0 && primitives.SmallOrder(Key(key))
}

// derive is the group key of a group secret (cliques.derive).
func derive(secret IntermediateKey) Key { return primitives.Derive(nil, secret, []byte(groupKeyInfo)) }

// renew adds a contribution, and gives the cardinal key (cliques.renew).
func (a *Agreement) renew(me Name, contribution Key) (IntermediateKey, error) {
	own := slices.Index(a.Members, me)
	// cliques.renew.1
	a.Contributions = append(slices.Clone(a.Contributions), contribution)
	// cliques.renew.2
	a.IntermediateKeys = slices.Clone(a.IntermediateKeys)
	for i := range a.IntermediateKeys {
		if i == own {
			continue
		}
		product, err := multiply(a.IntermediateKeys[i], contribution)
		if err != nil {
			return nil, err
		}
		a.IntermediateKeys[i] = product
	}
	// cliques.renew.3
	return multiply(a.IntermediateKeys[own], a.Contributions...)
}

func (a *Agreement) deriveGroupKey(secret IntermediateKey) {
	groupKey := derive(secret)
	a.GroupKey = &groupKey
}

// renewToSend renews, and gives the keys to send: the intermediate keys and, after them, the cardinal key.
func (a *Agreement) renewToSend(me Name, contribution Key) ([]IntermediateKey, error) {
	cardinal, err := a.renew(me, contribution)
	return append(slices.Clone(a.IntermediateKeys), cardinal), err
}

// renewToEnd renews, with the cardinal key as the group secret, and gives the keys to send.
func (a *Agreement) renewToEnd(me Name, contribution Key) ([]IntermediateKey, error) {
	cardinal, err := a.renew(me, contribution)
	if err != nil {
		return nil, err
	}
	a.deriveGroupKey(cardinal)
	return a.IntermediateKeys, nil
}

// startAgreement begins an agreement, and gives the keys to send (cliques.start).
func startAgreement(me Name, others []Name, contribution Key) (*Agreement, []IntermediateKey, error) {
	members := append([]Name{me}, others...)
	if !distinct.Are(members) {
		return nil, nil, refused("cliques.members")
	}
	if len(others) == 0 {
		return nil, nil, refused("cliques.others")
	}
	agreement := &Agreement{members, []IntermediateKey{{}}, []Key{}, nil}
	sent, err := agreement.renewToSend(me, contribution)
	return agreement, sent, err
}

func checkMembers(members []Name, me Name) error {
	if !distinct.Are(members) || !slices.Contains(members, me) {
		return refused("cliques.members")
	}
	return nil
}

// takeUpflow does steps 1 to 3 of cliques.forward, or of cliques.close if we are to be the last.
func takeUpflow(members []Name, me Name, keys []IntermediateKey, isLast bool) (*Agreement, error) {
	if err := checkMembers(members, me); err != nil {
		return nil, err
	}
	position := slices.Index(members, me)
	if position == 0 || len(keys) != position+1 {
		return nil, refused("cliques.upflow-keys")
	}
	if isLast != (position == len(members)-1) {
		return nil, refused("cliques.last")
	}
	return &Agreement{members, keys, []Key{}, nil}, nil
}

// forwardUpflow takes part in an upflow, and gives the keys to send (cliques.forward).
func forwardUpflow(members []Name, me Name, keys []IntermediateKey, contribution Key) (*Agreement, []IntermediateKey, error) {
	agreement, err := takeUpflow(members, me, keys, false)
	if err != nil {
		return nil, nil, err
	}
	sent, err := agreement.renewToSend(me, contribution)
	return agreement, sent, err
}

// closeUpflow ends an upflow, and gives the keys to send (cliques.close).
func closeUpflow(members []Name, me Name, keys []IntermediateKey, contribution Key) (*Agreement, []IntermediateKey, error) {
	agreement, err := takeUpflow(members, me, keys, true)
	if err != nil {
		return nil, nil, err
	}
	sent, err := agreement.renewToEnd(me, contribution)
	return agreement, sent, err
}

// receiveDownflow takes a downflow (cliques.receive).
func receiveDownflow(members []Name, me Name, keys []IntermediateKey, contributions []Key) (*Agreement, error) {
	if err := checkMembers(members, me); err != nil {
		return nil, err
	}
	if len(keys) != len(members) {
		return nil, refused("cliques.downflow-keys")
	}
	if len(contributions) == 0 {
		return nil, refused("cliques.contributed")
	}
	secret, err := multiply(keys[slices.Index(members, me)], contributions...)
	if err != nil {
		return nil, err
	}
	agreement := &Agreement{members, keys, contributions, nil}
	agreement.deriveGroupKey(secret)
	return agreement, nil
}

// checkAgreed does cliques.check-agreed.
func (a *Agreement) checkAgreed(me Name) error {
	if err := checkMembers(a.Members, me); err != nil {
		return err
	}
	if len(a.IntermediateKeys) != len(a.Members) {
		return refused("cliques.downflow-keys")
	}
	if a.GroupKey == nil {
		return refused("cliques.agreed")
	}
	return nil
}

// include includes others, and gives the changed agreement and the keys to send (cliques.include).
func (a Agreement) include(me Name, others []Name, contribution Key) (*Agreement, []IntermediateKey, error) {
	if err := a.checkAgreed(me); err != nil {
		return nil, nil, err
	}
	if len(others) == 0 || !distinct.Are(others) || len(within(others, a.Members)) > 0 {
		return nil, nil, refused("cliques.include-others")
	}
	a.Members = slices.Concat(a.Members, others)
	a.GroupKey = nil
	sent, err := a.renewToSend(me, contribution)
	return &a, sent, err
}

// exclude excludes others, and gives the changed agreement and the keys to send (cliques.exclude).
func (a Agreement) exclude(me Name, others []Name, contribution Key) (*Agreement, []IntermediateKey, error) {
	if err := a.checkAgreed(me); err != nil {
		return nil, nil, err
	}
	if len(others) == 0 || !distinct.Are(others) || !containsAll(a.Members, others) || slices.Contains(others, me) {
		return nil, nil, refused("cliques.exclude-members")
	}
	a.IntermediateKeys = remaining(a.Members, a.IntermediateKeys, others)
	a.Members = without(a.Members, others)
	sent, err := a.renewToEnd(me, contribution)
	return &a, sent, err
}

// refresh makes a new group key, and gives the changed agreement and the keys to send (cliques.refresh).
func (a Agreement) refresh(me Name, contribution Key) (*Agreement, []IntermediateKey, error) {
	if err := a.checkAgreed(me); err != nil {
		return nil, nil, err
	}
	sent, err := a.renewToEnd(me, contribution)
	return &a, sent, err
}

// remaining is what is left of a list that is parallel to members when others are removed.
func remaining[T any](members []Name, list []T, others []Name) []T {
	left := []T{}
	for i, member := range members {
		if !slices.Contains(others, member) {
			left = append(left, list[i])
		}
	}
	return left
}
