package mpenc

import (
	"bytes"
	"slices"

	"conclave.example/port/internal/primitives"
)

// greetingContext is what the signed bytes of a greeting begin with.
const greetingContext = "greetmsgsig"

// Shares are what a member draws for an operation.
type Shares struct {
	Contribution       Key `json:"contribution"`
	Nonce              Key `json:"nonce"`
	EphemeralSecretKey Key `json:"ephemeralSecretKey"`
}

// Membership is all keys of a subsession, as one member holds them.
type Membership struct {
	Agreement          Agreement `json:"agreement"`
	Exchange           Exchange  `json:"exchange"`
	EphemeralSecretKey Key       `json:"ephemeralSecretKey"`
}

// Identity is an identity key that we know.
type Identity struct {
	Member    Name `json:"member"`
	PublicKey Key  `json:"publicKey"`
}

// Identities are our identity key, and those of others that we know.
type Identities struct {
	SecretKey Key        `json:"secretKey"`
	Known     []Identity `json:"known"`
}

// of is the identity key of a member, and whether we know it.
func (i *Identities) of(member Name) (Key, bool) {
	at := slices.IndexFunc(i.Known, func(identity Identity) bool { return identity.Member == member })
	if at < 0 {
		return Key{}, false
	}
	return i.Known[at].PublicKey, true
}

// Initial is what the first packet of an operation said. The first Settled members are not new.
type Initial struct {
	Operation    string
	Initiator    Name
	InitiatorKey Key
	Members      []Name
	Settled      int
}

// Acknowledgement is the SESSION_SIGNATURE of a member.
type Acknowledgement struct {
	Member    Name
	Signature Signature
}

// Greeting is one operation, as one member goes through it.
type Greeting struct {
	Me                 Name
	RepeatLists        bool
	Version            byte
	Previous           *Membership
	Initial            *Initial
	Agreement          *Agreement
	Nonce              *Key
	EphemeralSecretKey *Key
	Exchange           *Exchange
	Acknowledgements   []Acknowledgement
	Sent               []Signature
}

// greetingAnswer is what comes of a packet: a text to send, if it is not empty, and whether the operation is finished or
// excludes us.
type greetingAnswer struct {
	text     string
	finished bool
	excluded bool
}

// beginGreeting begins a greeting, with the membership before it, or nil (greeting.begin).
func beginGreeting(me Name, repeatLists bool, version byte, membership *Membership) *Greeting {
	greeting := &Greeting{Me: me, RepeatLists: repeatLists, Version: version}
	if membership != nil && len(membership.Exchange.Members) > 1 {
		agreement, ephemeral := membership.Agreement, membership.EphemeralSecretKey
		greeting.Previous, greeting.Agreement, greeting.EphemeralSecretKey = membership, &agreement, &ephemeral
	}
	return greeting
}

// isFinished says whether all members have acknowledged, or the operation was a refresh.
func (g *Greeting) isFinished() bool {
	return g.Initial.Operation == "refresh" || len(g.Acknowledgements) == len(g.Initial.Members)
}

// membership is the one that a finished operation ends with.
func (g *Greeting) membership() *Membership {
	return &Membership{*g.Agreement, *g.Exchange, *g.EphemeralSecretKey}
}

func (g *Greeting) acknowledgementOf(member Name) (Signature, bool) {
	for _, acknowledgement := range g.Acknowledgements {
		if acknowledgement.Member == member {
			return acknowledgement.Signature, true
		}
	}
	return Signature{}, false
}

func (g *Greeting) noteAcknowledgement(member Name, signature Signature) {
	g.Acknowledgements = append(g.Acknowledgements, Acknowledgement{member, signature})
}

// propose proposes a change of the membership (greeting.propose).
func (g *Greeting) propose(include, exclude []Name, metadata Metadata, identities *Identities, shares Shares) (string, error) {
	// greeting.propose.1
	metadata.LatestMessages = slices.Sorted(slices.Values(metadata.LatestMessages))
	if len(include) > 0 && len(exclude) > 0 {
		return "", refused("greeting.one-change")
	}
	if g.Previous == nil && (len(include) == 0 || len(exclude) > 0) {
		return "", refused("greeting.previous")
	}
	packet := &GreetingPacket{Type: "greeting", Source: g.Me, Metadata: &metadata}
	var err error
	switch {
	case g.Previous == nil:
		err = g.proposeStart(packet, include, shares)
	case len(include) > 0:
		err = g.proposeInclude(packet, include, shares)
	case len(exclude) > 0:
		err = g.proposeExclude(packet, exclude, identities, shares)
	default:
		packet.GreetType = "refresh-initial"
		packet.Members = g.Previous.Exchange.Members
		g.Agreement, packet.IntermediateKeys, err = g.Agreement.refresh(g.Me, shares.Contribution)
	}
	if err != nil {
		return "", err
	}
	text, err := g.send(packet)
	if err != nil {
		return "", err
	}
	g.noteInitial(packet)
	return text, nil
}

func (g *Greeting) proposeStart(packet *GreetingPacket, others []Name, shares Shares) error {
	agreement, sent, err := startAgreement(g.Me, sorted(others), shares.Contribution)
	if err != nil {
		return err
	}
	g.Agreement, g.Nonce, g.EphemeralSecretKey = agreement, &shares.Nonce, &shares.EphemeralSecretKey
	packet.GreetType = "start-initial"
	packet.Members, packet.IntermediateKeys = agreement.Members, sent
	packet.Destination = &agreement.Members[1]
	packet.Nonces, packet.PublicKeys = []Key{shares.Nonce}, []Key{primitives.Ed25519Public(shares.EphemeralSecretKey)}
	return nil
}

func (g *Greeting) proposeInclude(packet *GreetingPacket, others []Name, shares Shares) error {
	others = sorted(others)
	agreement, sent, err := g.Agreement.include(g.Me, others, shares.Contribution)
	if err != nil {
		return err
	}
	g.Agreement, g.Nonce = agreement, &shares.Nonce
	packet.GreetType = "include-initial"
	packet.Members, packet.IntermediateKeys = agreement.Members, sent
	packet.Destination = &others[0]
	packet.Nonces, packet.PublicKeys = g.listsBefore(nil)
	return nil
}

// listsBefore are the nonces of the previous exchange, with our new one, and its ephemeral keys, without those of the
// members given.
func (g *Greeting) listsBefore(others []Name) (nonces, publicKeys []Key) {
	previous := &g.Previous.Exchange
	nonces = slices.Clone(previous.Nonces)
	nonces[slices.Index(previous.Members, g.Me)] = *g.Nonce
	return remaining(previous.Members, nonces, others), remaining(previous.Members, previous.PublicKeys, others)
}

func (g *Greeting) proposeExclude(packet *GreetingPacket, others []Name, identities *Identities, shares Shares) error {
	agreement, sent, err := g.Agreement.exclude(g.Me, others, shares.Contribution)
	if err != nil {
		return err
	}
	g.Agreement, g.Nonce = agreement, &shares.Nonce
	packet.GreetType = "exclude-initial"
	packet.Members, packet.IntermediateKeys = agreement.Members, sent
	packet.Nonces, packet.PublicKeys = g.listsBefore(others)
	return g.acknowledge(packet, identities)
}

// acknowledge completes the exchange of the lists of a packet of ours, and puts our acknowledgement into it.
func (g *Greeting) acknowledge(packet *GreetingPacket, identities *Identities) error {
	exchange, err := complete(packet.Members, packet.Nonces, packet.PublicKeys)
	if err != nil {
		return err
	}
	signature, err := exchange.acknowledge(g.Me, identities.SecretKey)
	if err != nil {
		return err
	}
	g.Exchange, packet.SessionSignature = exchange, &signature
	return nil
}

// signGreeting signs and encodes a greeting (greeting.send).
func signGreeting(packet *GreetingPacket, ephemeralSecretKey Key, version byte) (string, error) {
	signed, err := signedPart(packet.records(version))
	if err != nil {
		return "", err
	}
	signed = append([]byte(greetingContext), signed...)
	packet.Signature = primitives.Sign(ephemeralSecretKey, signed)
	return Encode(packet, version)
}

// verifyGreeting says whether a greeting is signed by an ephemeral key.
func verifyGreeting(packet *GreetingPacket, key Key, version byte) error {
	signed, err := signedPart(packet.records(version))
	if err != nil {
		return err
	}
	signed = append([]byte(greetingContext), signed...)
	if !primitives.Verify(key, signed, packet.Signature) {
		return refused("greeting.signature")
	}
	return nil
}

func (g *Greeting) send(packet *GreetingPacket) (string, error) {
	text, err := signGreeting(packet, *g.EphemeralSecretKey, g.Version)
	if err != nil {
		return "", err
	}
	g.Sent = append(g.Sent, packet.Signature)
	return text, nil
}

// decodeGreetingText does step 1 of greeting.receive.
func decodeGreetingText(text string, version byte) (*GreetingPacket, error) {
	packet, err := Decode(text, version)
	if err != nil {
		return nil, err
	}
	greeting, ok := packet.(*GreetingPacket)
	if !ok {
		return nil, refused("greeting.kind")
	}
	return greeting, nil
}

// receive receives a packet (greeting.receive). After an error the greeting is to be forgotten.
func (g *Greeting) receive(sender Name, text string, identities *Identities, shares Shares) (greetingAnswer, error) {
	packet, err := decodeGreetingText(text, g.Version)
	if err != nil {
		return greetingAnswer{}, err
	}
	if packet.Source != sender {
		return greetingAnswer{}, refused("greeting.sender")
	}
	var answer greetingAnswer
	if packet.Source == g.Me {
		err = g.receiveOwn(packet)
	} else {
		answer, err = g.receiveOther(packet, identities, shares)
	}
	if err != nil || answer.excluded {
		return answer, err
	}
	// greeting.receive.9
	answer.finished = g.isFinished()
	if answer.finished && g.Initial.Operation == "refresh" {
		g.Exchange = reordered(&g.Previous.Exchange, g.Initial.Members)
	}
	return answer, nil
}

// reordered is the exchange with its lists in the order of members.
func reordered(exchange *Exchange, members []Name) *Exchange {
	ordered := &Exchange{Members: members, SessionID: exchange.SessionID}
	for _, member := range members {
		nonce, _ := exchange.nonceOf(member)
		key, _ := exchange.publicKeyOf(member)
		ordered.Nonces, ordered.PublicKeys = append(ordered.Nonces, nonce), append(ordered.PublicKeys, key)
	}
	return ordered
}

// receiveOther does steps 4 to 8 of greeting.receive.
func (g *Greeting) receiveOther(packet *GreetingPacket, identities *Identities, shares Shares) (greetingAnswer, error) {
	if err := g.checkPacket(packet, identities); err != nil {
		return greetingAnswer{}, err
	}
	if packet.isInitial() {
		g.noteInitial(packet)
	}
	if !slices.Contains(packet.Members, g.Me) {
		return greetingAnswer{excluded: true}, nil
	}
	var text string
	var err error
	switch packet.GreetType {
	case "refresh-initial":
		g.Agreement, err = receiveDownflow(packet.Members, g.Me, packet.IntermediateKeys, g.contributions())
	case "start-confirm", "include-confirm", "exclude-confirm":
		err = g.processConfirm(packet, identities)
	case "start-downflow", "include-downflow", "exclude-initial":
		text, err = g.processDownflow(packet, identities)
	default:
		text, err = g.processUpflow(packet, identities, shares)
	}
	return greetingAnswer{text: text}, err
}

func (g *Greeting) contributions() []Key {
	if g.Agreement == nil {
		return nil
	}
	return g.Agreement.Contributions
}

// noteInitial notes what the first packet says (greeting.note-initial).
func (g *Greeting) noteInitial(packet *GreetingPacket) {
	key, hasKey := at(packet.Members, packet.PublicKeys, packet.Source)
	if !hasKey {
		key, _ = g.Previous.Exchange.publicKeyOf(packet.Source)
	}
	settled := len(packet.Members)
	switch packet.operation() {
	case "start":
		settled = 1
	case "include":
		settled = len(packet.Nonces)
	}
	g.Initial = &Initial{packet.operation(), packet.Source, key, packet.Members, settled}
}

// receiveOwn receives a packet that we have sent (greeting.receive-own).
func (g *Greeting) receiveOwn(packet *GreetingPacket) error {
	at := slices.Index(g.Sent, packet.Signature)
	if at < 0 {
		return refused("greeting.own-packet")
	}
	g.Sent = slices.Delete(slices.Clone(g.Sent), at, at+1)
	if packet.SessionSignature != nil {
		g.noteAcknowledgement(g.Me, *packet.SessionSignature)
	}
	return nil
}

// checkPacket does greeting.check-packet.
func (g *Greeting) checkPacket(packet *GreetingPacket, identities *Identities) error {
	if packet.isInitial() {
		if g.Initial != nil {
			return refused("greeting.one-initial")
		}
		if err := g.checkInitial(packet); err != nil {
			return err
		}
	} else {
		if g.Initial == nil {
			return refused("greeting.initial-first")
		}
		if packet.operation() != g.Initial.Operation {
			return refused("greeting.same-operation")
		}
		if !slices.Equal(packet.Members, g.Initial.Members) {
			return refused("greeting.same-members")
		}
	}
	if g.Previous != nil {
		for i, key := range packet.PublicKeys {
			if before, ok := g.Previous.Exchange.publicKeyOf(packet.Members[i]); ok && key != before {
				return refused("greeting.key-kept")
			}
		}
	}
	if g.Initial != nil {
		if key, ok := at(packet.Members, packet.PublicKeys, g.Initial.Initiator); ok && key != g.Initial.InitiatorKey {
			return refused("greeting.initiator-key")
		}
	}
	if packet.step() == "confirm" && g.Exchange == nil {
		return refused("greeting.downflow-first")
	}
	if err := verifyGreeting(packet, g.keyOf(packet), g.Version); err != nil {
		return err
	}
	if packet.isInitial() && g.Previous != nil {
		return g.checkAlike(packet, identities)
	}
	return nil
}

// keyOf is the ephemeral key of the source of a packet, as far as we know it; a zero key verifies nothing.
func (g *Greeting) keyOf(packet *GreetingPacket) Key {
	if g.Exchange != nil {
		key, _ := g.Exchange.publicKeyOf(packet.Source)
		return key
	}
	if g.Previous != nil {
		if key, ok := g.Previous.Exchange.publicKeyOf(packet.Source); ok {
			return key
		}
	}
	key, _ := at(packet.Members, packet.PublicKeys, packet.Source)
	return key
}

// checkAlike checks what all members can check of an initial packet (greeting.check-alike).
func (g *Greeting) checkAlike(packet *GreetingPacket, identities *Identities) error {
	for i, nonce := range packet.Nonces {
		before, ok := g.Previous.Exchange.nonceOf(packet.Members[i])
		if ok && packet.Members[i] != packet.Source && nonce != before {
			return refused("greeting.nonce-kept")
		}
	}
	if packet.operation() == "include" {
		return nil
	}
	if slices.ContainsFunc(packet.IntermediateKeys, isSmallOrder) {
		return refused("suite.x25519-zero")
	}
	if packet.operation() == "refresh" {
		return nil
	}
	exchange, err := complete(packet.Members, packet.Nonces, packet.PublicKeys)
	if err != nil {
		return err
	}
	return verifyAcknowledgement(packet, exchange, identities)
}

// checkInitial does greeting.check-initial.
func (g *Greeting) checkInitial(packet *GreetingPacket) error {
	operation := packet.operation()
	if g.Previous == nil {
		isMemberBefore := operation == "include" && slices.Contains(packet.Members[:len(packet.Nonces)], g.Me)
		if operation == "exclude" || operation == "refresh" || isMemberBefore {
			return refused("greeting.previous")
		}
	} else {
		before := g.Previous.Exchange.Members
		isChange := slices.Contains(before, packet.Source)
		switch operation {
		case "start":
			return refused("greeting.previous")
		case "include":
			isChange = isChange && sameSet(packet.Members[:len(packet.Nonces)], before)
		case "exclude":
			isChange = isChange && len(packet.Members) < len(before) && containsAll(before, packet.Members)
		case "refresh":
			isChange = isChange && sameSet(packet.Members, before)
		}
		if !isChange {
			return refused("greeting.change")
		}
	}
	if operation != "exclude" && !slices.Contains(packet.Members, g.Me) {
		return refused("greeting.member")
	}
	return nil
}

// processUpflow does greeting.process-upflow.
func (g *Greeting) processUpflow(packet *GreetingPacket, identities *Identities, shares Shares) (string, error) {
	if packet.Destination == nil || *packet.Destination != g.Me {
		return "", nil
	}
	position := slices.Index(packet.Members, g.Me)
	if g.Nonce != nil || position < g.Initial.Settled {
		return "", refused("greeting.turn")
	}
	g.Nonce, g.EphemeralSecretKey = &shares.Nonce, &shares.EphemeralSecretKey
	answer := &GreetingPacket{
		Type: "greeting", Source: g.Me, Members: packet.Members,
		Nonces:     append(slices.Clone(packet.Nonces), shares.Nonce),
		PublicKeys: append(slices.Clone(packet.PublicKeys), primitives.Ed25519Public(shares.EphemeralSecretKey)),
	}
	var err error
	if position < len(packet.Members)-1 {
		answer.GreetType = g.Initial.Operation + "-upflow"
		answer.Destination = &packet.Members[position+1]
		g.Agreement, answer.IntermediateKeys, err = forwardUpflow(packet.Members, g.Me, packet.IntermediateKeys, shares.Contribution)
	} else {
		answer.GreetType = g.Initial.Operation + "-downflow"
		g.Agreement, answer.IntermediateKeys, err = closeUpflow(packet.Members, g.Me, packet.IntermediateKeys, shares.Contribution)
		if err == nil {
			err = g.acknowledge(answer, identities)
		}
	}
	if err != nil {
		return "", err
	}
	return g.send(answer)
}

// processDownflow does greeting.process-downflow.
func (g *Greeting) processDownflow(packet *GreetingPacket, identities *Identities) (string, error) {
	if _, ok := g.acknowledgementOf(packet.Source); ok {
		isSame := slices.EqualFunc(packet.IntermediateKeys, g.Agreement.IntermediateKeys, func(a, b IntermediateKey) bool { return bytes.Equal(a, b) })
		if !isSame || !g.hasLists(packet) {
			return "", refused("greeting.one-downflow")
		}
		return "", g.checkFirst(packet)
	}
	if slices.ContainsFunc(packet.IntermediateKeys, isSmallOrder) {
		return "", refused("suite.x25519-zero")
	}
	if packet.step() == "downflow" {
		for _, member := range packet.Members {
			if _, ok := identities.of(member); !ok && member != g.Me {
				return "", refused("greeting.identity")
			}
		}
	}
	exchange, err := complete(packet.Members, packet.Nonces, packet.PublicKeys)
	if err != nil {
		return "", err
	}
	if !g.hasOwnShare(exchange) {
		return "", refused("greeting.own-share")
	}
	agreement, err := receiveDownflow(packet.Members, g.Me, packet.IntermediateKeys, g.contributions())
	if err != nil {
		return "", err
	}
	if err := verifyAcknowledgement(packet, exchange, identities); err != nil {
		return "", err
	}
	g.noteAcknowledgement(packet.Source, *packet.SessionSignature)
	g.Agreement, g.Exchange = agreement, exchange
	signature, err := exchange.acknowledge(g.Me, identities.SecretKey)
	if err != nil {
		return "", err
	}
	confirm := &GreetingPacket{
		Type: "greeting", GreetType: g.Initial.Operation + "-confirm", Source: g.Me, Members: packet.Members,
		SessionSignature: &signature,
	}
	if g.RepeatLists {
		confirm.Nonces, confirm.PublicKeys = exchange.Nonces, exchange.PublicKeys
	}
	return g.send(confirm)
}

// hasOwnShare says whether an exchange has our own nonce and ephemeral key (step 6 of greeting.process-downflow).
func (g *Greeting) hasOwnShare(exchange *Exchange) bool {
	own := g.Nonce
	if own == nil && g.Previous != nil {
		if before, ok := g.Previous.Exchange.nonceOf(g.Me); ok {
			own = &before
		}
	}
	nonce, _ := exchange.nonceOf(g.Me)
	key, _ := exchange.publicKeyOf(g.Me)
	return own != nil && *own == nonce && g.EphemeralSecretKey != nil && primitives.Ed25519Public(*g.EphemeralSecretKey) == key
}

// hasLists says whether the lists of a packet are those of the exchange.
func (g *Greeting) hasLists(packet *GreetingPacket) bool {
	return slices.Equal(packet.Nonces, g.Exchange.Nonces) && slices.Equal(packet.PublicKeys, g.Exchange.PublicKeys)
}

// checkFirst checks that the source of a packet has not acknowledged before (step 1 of greeting.process-confirm).
func (g *Greeting) checkFirst(packet *GreetingPacket) error {
	before, ok := g.acknowledgementOf(packet.Source)
	switch {
	case !ok:
		return nil
	case before == *packet.SessionSignature:
		return ignored()
	default:
		return refused("greeting.one-acknowledgement")
	}
}

// processConfirm does greeting.process-confirm.
func (g *Greeting) processConfirm(packet *GreetingPacket, identities *Identities) error {
	if err := g.checkFirst(packet); err != nil {
		return err
	}
	if len(packet.Nonces) > 0 && !g.hasLists(packet) {
		return refused("greeting.same-lists")
	}
	if err := verifyAcknowledgement(packet, g.Exchange, identities); err != nil {
		return err
	}
	g.noteAcknowledgement(packet.Source, *packet.SessionSignature)
	return nil
}

// verifyAcknowledgement does greeting.verify-acknowledgement.
func verifyAcknowledgement(packet *GreetingPacket, exchange *Exchange, identities *Identities) error {
	identityKey, ok := identities.of(packet.Source)
	if !ok {
		return refused("greeting.identity")
	}
	return exchange.verify(packet.Source, identityKey, *packet.SessionSignature)
}
