package delivery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

const (
	labelCommitValue  = "conclave/1 delivery commit"
	labelCommitAuthor = "conclave/1 delivery commit author"
	labelSetValue     = "conclave/1 delivery set"
)

// Bounds of the chapter "cascade".
const (
	maximumCommits = 4
	maximumSet     = 8
	maximumPart    = 32_768
	maximumCommit  = 1 << 18
	maximumNamed   = 512
)

// How long timers last, in delay bounds.
const (
	relaxLasts      = 4
	restrainedLasts = 2
	conflictLasts   = 3
	roundLasts      = 3
)

// CommitValue is a commit as it is agreed on.
type CommitValue struct {
	Author    uint64         `wire:"author" range:"0..65535"`
	Proposals []wire.Key     `wire:"proposals" count:"0..512"`
	Commit    []byte         `wire:"commit" size:"1..262144"`
	Welcome   *[]byte        `wire:"welcome" size:"1..262144"`
	Signature wire.Signature `wire:"signature"`
}

// CommitHead is a commit value with the digests of its commit and welcome in place of them.
type CommitHead struct {
	Author    uint64         `wire:"author" range:"0..65535"`
	Proposals []wire.Key     `wire:"proposals" count:"0..512"`
	Commit    wire.Key       `wire:"commit"`
	Welcome   *wire.Key      `wire:"welcome"`
	Signature wire.Signature `wire:"signature"`
}

// SetValue is a set of commits, each with its certificate of the first cooperation.
type SetValue struct {
	Commits []Certified `wire:"commits" count:"1..8"`
}

// CascadeMessage is a Bundle, Endorse, Retract, SetProposal, Prevote, Precommit or Decide.
type CascadeMessage interface {
	place() (group wire.ID, epoch uint64)
	// kind is the name of the message.
	kind() string
}

// Bundle is all that a member knows of one cooperation, or a part of it.
type Bundle struct {
	_          struct{}      `kind:"1" name:"bundle"`
	Group      wire.ID       `wire:"group"`
	Epoch      uint64        `wire:"epoch" range:"0..4294967295"`
	Instance   uint64        `wire:"instance" range:"1..2"`
	Statements []Statement   `wire:"statements" count:"0..65536"`
	Commits    []CommitValue `wire:"commits" count:"0..4096"`
	Sets       []SetValue    `wire:"sets" count:"0..4096"`
}

// SetProposal is a PROPOSAL of global consensus, with what shows that its value is admissible.
type SetProposal struct {
	_           struct{}       `kind:"4" name:"set-proposal"`
	Group       wire.ID        `wire:"group"`
	Epoch       uint64         `wire:"epoch" range:"0..4294967295"`
	Round       uint64         `wire:"round" range:"0..511"`
	Proposer    uint64         `wire:"proposer" range:"0..65535"`
	Ref         wire.Key       `wire:"ref"`
	ValidRound  *uint64        `wire:"validRound" range:"0..511"`
	Signature   wire.Signature `wire:"signature"`
	Set         SetValue       `wire:"set"`
	Certificate Certificate    `wire:"certificate" count:"1..1024,1..256"`
}

// Evidence is a UniqueCommit, UniqueSet or Precommitted.
type Evidence interface{ evidence() string }

// UniqueCommit is the unique certificate of a commit.
type UniqueCommit struct {
	_           struct{}    `kind:"1" name:"unique-commit"`
	Certificate Certificate `wire:"certificate" count:"1..1024,1..256"`
}

// UniqueSet is the unique certificate of a set.
type UniqueSet struct {
	_           struct{}    `kind:"2" name:"unique-set"`
	Certificate Certificate `wire:"certificate" count:"1..1024,1..256"`
}

// Precommitted has the PRECOMMITs of a set.
type Precommitted struct {
	_     struct{}       `kind:"3" name:"precommitted"`
	Round uint64         `wire:"round" range:"0..511"`
	Votes []DecisiveVote `wire:"votes" count:"1..1024"`
}

func (UniqueCommit) evidence() string { return "unique-commit" }
func (UniqueSet) evidence() string    { return "unique-set" }
func (Precommitted) evidence() string { return "precommitted" }

// Decide is what was decided, and why.
type Decide struct {
	_        struct{}     `kind:"7" name:"decide"`
	Group    wire.ID      `wire:"group"`
	Epoch    uint64       `wire:"epoch" range:"0..4294967295"`
	Refs     []wire.Key   `wire:"refs" count:"1..8"`
	Heads    []CommitHead `wire:"heads" count:"1..8"`
	Commit   []byte       `wire:"commit" size:"1..262144"`
	Welcome  *[]byte      `wire:"welcome" size:"1..262144"`
	Evidence Evidence     `wire:"evidence"`
}

func (m Bundle) place() (wire.ID, uint64)      { return m.Group, m.Epoch }
func (m Endorse) place() (wire.ID, uint64)     { return m.Group, m.Epoch }
func (m Retract) place() (wire.ID, uint64)     { return m.Group, m.Epoch }
func (m SetProposal) place() (wire.ID, uint64) { return m.Group, m.Epoch }
func (p Prevote) place() (wire.ID, uint64)     { return p.Group, p.Epoch }
func (p Precommit) place() (wire.ID, uint64)   { return p.Group, p.Epoch }
func (m Decide) place() (wire.ID, uint64)      { return m.Group, m.Epoch }

func (Bundle) kind() string      { return "bundle" }
func (Endorse) kind() string     { return "endorse" }
func (Retract) kind() string     { return "retract" }
func (SetProposal) kind() string { return "set-proposal" }
func (Prevote) kind() string     { return "prevote" }
func (Precommit) kind() string   { return "precommit" }
func (Decide) kind() string      { return "decide" }

func init() {
	wire.RegisterUnion[Evidence](UniqueCommit{}, UniqueSet{}, Precommitted{})
	wire.RegisterUnion[CascadeMessage](Bundle{}, Endorse{}, Retract{}, SetProposal{}, Prevote{}, Precommit{}, Decide{})
}

// head is the head of a commit value.
func (v *CommitValue) head() CommitHead {
	head := CommitHead{v.Author, v.Proposals, primitives.SHA256(v.Commit), nil, v.Signature}
	if v.Welcome != nil {
		digest := primitives.SHA256(*v.Welcome)
		head.Welcome = &digest
	}
	return head
}

// commitRef is the ref of the commit value with a head.
func (e *Electorate) commitRef(head CommitHead) wire.Key {
	var welcome any
	if head.Welcome != nil {
		welcome = head.Welcome[:]
	}
	return hash(labelCommitValue, e.Group[:], e.Epoch, head.Author, refBytes(head.Proposals), head.Commit[:], welcome)
}

// authorInput is what the signature of a commit value covers.
func authorInput(ref wire.Key) []byte { return wire.CBOR(labelCommitAuthor, ref[:]) }

// signCommit makes a commit value, and its ref.
func (e *Electorate) signCommit(secretKey wire.Key, value CommitValue) (wire.Key, CommitValue) {
	ref := e.commitRef(value.head())
	value.Signature = primitives.Sign(secretKey, authorInput(ref))
	return ref, value
}

// setRef is the ref of the set of these commits.
func (e *Electorate) setRef(refs []wire.Key) wire.Key {
	return hash(labelSetValue, e.Group[:], e.Epoch, refBytes(refs))
}

func (s *SetValue) refs() []wire.Key {
	refs := []wire.Key{}
	for _, one := range s.Commits {
		refs = append(refs, one.Ref)
	}
	return refs
}

// choosable is what the choice looks at.
type choosable struct {
	ref       wire.Key
	author    uint64
	proposals int
}

// choiceOrder is the order of the choice.
func choiceOrder(set []choosable) []choosable {
	number := map[uint64]int{}
	for _, one := range set {
		number[one.author]++
	}
	isRepeated := func(one choosable) int {
		if number[one.author] > 1 {
			return 1
		}
		return 0
	}
	return slices.SortedStableFunc(slices.Values(set), func(a, b choosable) int {
		return cmp.Or(cmp.Compare(isRepeated(a), isRepeated(b)), cmp.Compare(b.proposals, a.proposals),
			cmp.Compare(a.author, b.author), compareKeys(a.ref, b.ref))
	})
}

// choice is the index of the head that takes effect.
func (d *Decide) choice() int {
	set := []choosable{}
	for i, head := range d.Heads {
		set = append(set, choosable{d.Refs[i], head.Author, len(head.Proposals)})
	}
	return slices.Index(d.Refs, choiceOrder(set)[0].ref)
}

// KnownCommit is a commit that is known.
type KnownCommit struct {
	Ref   wire.Key
	Value CommitValue
}

// KnownSet is a set that is known.
type KnownSet struct {
	Ref   wire.Key
	Value SetValue
}

// Timer is a timer that begins, with its length in delay bounds.
type Timer struct {
	Name  string `json:"name"`
	Delay uint64 `json:"delay"`
}

// cascadeSending is a message to all other voters, or to some leaves.
type cascadeSending struct {
	toAll   bool
	to      []uint64
	message CascadeMessage
}

// cascadeOutcome is what comes of an operation.
type cascadeOutcome struct {
	sends  []cascadeSending
	judge  []wire.Key
	timers []Timer
}

// Cascade is the state of a member in one epoch.
type Cascade struct {
	Electorate  Electorate
	Me          uint64
	First       *Cooperation
	Second      *Cooperation
	Restrained  *Restrained
	Consensus   *Consensus
	Commits     []KnownCommit
	Sets        []KnownSet
	Admitted    []Certified
	ProposedSet bool
	Timers      []string
	Decision    *Decide
	outcome     *cascadeOutcome
	hasProposed bool
}

// openCascade does cascade.open.
func openCascade(electorate Electorate, me uint64, secretKey wire.Key) (*Cascade, error) {
	if err := electorate.check(); err != nil {
		return nil, err
	}
	return &Cascade{
		Electorate: electorate,
		Me:         me,
		First:      &Cooperation{Electorate: electorate, Instance: 1, Me: me, SecretKey: secretKey},
		Second:     &Cooperation{Electorate: electorate, Instance: 2, Me: me, SecretKey: secretKey},
		Restrained: &Restrained{Electorate: electorate, Me: me, SecretKey: secretKey, Authors: map[wire.Key]uint64{}},
		Consensus:  &Consensus{Electorate: electorate, Me: me, SecretKey: secretKey},
	}, nil
}

// operate does an operation, and gives what comes of it.
func (c *Cascade) operate(operation func() error) (cascadeOutcome, error) {
	c.outcome, c.hasProposed = &cascadeOutcome{}, false
	c.First.Signed, c.Second.Signed, c.Restrained.Sends, c.Consensus.Sends, c.Consensus.Begun = nil, nil, nil, nil, nil
	err := operation()
	outcome := *c.outcome
	c.outcome = nil
	c.First.Signed, c.Second.Signed, c.Restrained.Sends, c.Consensus.Sends, c.Consensus.Begun = nil, nil, nil, nil, nil
	return outcome, err
}

// begin begins a timer, once.
func (c *Cascade) begin(name string, delay uint64) bool {
	if slices.Contains(c.Timers, name) {
		return false
	}
	c.Timers = append(c.Timers, name)
	c.outcome.timers = append(c.outcome.timers, Timer{name, delay})
	return true
}

func (c *Cascade) sendAll(message CascadeMessage) {
	c.outcome.sends = append(c.outcome.sends, cascadeSending{toAll: true, message: message})
}

func (c *Cascade) commit(ref wire.Key) *CommitValue {
	for i := range c.Commits {
		if c.Commits[i].Ref == ref {
			return &c.Commits[i].Value
		}
	}
	return nil
}

func (c *Cascade) set(ref wire.Key) *SetValue {
	for i := range c.Sets {
		if c.Sets[i].Ref == ref {
			return &c.Sets[i].Value
		}
	}
	return nil
}

// propose does cascade.propose.
func (c *Cascade) propose(value CommitValue) (cascadeOutcome, error) {
	return c.operate(func() error {
		if c.Decision != nil {
			return nil
		}
		ref := c.Electorate.commitRef(value.head())
		c.noteCommit(ref, value)
		c.First.propose(ref)
		c.hasProposed = true
		c.advance()
		return nil
	})
}

// validate does cascade.validate.
func (c *Cascade) validate(ref wire.Key) (cascadeOutcome, error) {
	return c.operate(func() error {
		if c.Decision == nil {
			c.First.validate(ref)
			c.advance()
		}
		return nil
	})
}

// receive does cascade.receive. Without a sender nothing is answered.
func (c *Cascade) receive(from *uint64, message CascadeMessage) (cascadeOutcome, error) {
	return c.operate(func() error {
		if group, epoch := message.place(); group != c.Electorate.Group || epoch != c.Electorate.Epoch {
			return refuse("cascade.epoch")
		}
		if c.Decision != nil {
			if _, isDecide := message.(Decide); !isDecide && from != nil {
				c.outcome.sends = append(c.outcome.sends, cascadeSending{to: []uint64{*from}, message: *c.Decision})
			}
			return nil
		}
		if err := c.takeIn(message); err != nil {
			return err
		}
		c.advance()
		return nil
	})
}

// takeIn does steps 3 to 6 of cascade.receive.
func (c *Cascade) takeIn(message CascadeMessage) error {
	switch message := message.(type) {
	case Bundle:
		return c.receiveBundle(message)
	case SetProposal:
		return c.receiveProposal(message)
	case Endorse:
		return c.Restrained.receiveEndorse(message)
	case Retract:
		return c.Restrained.receiveRetract(message)
	case Prevote:
		return c.Consensus.receive(message)
	case Precommit:
		return c.Consensus.receive(message)
	case Decide:
		if err := c.Electorate.verifyDecide(message); err != nil {
			return err
		}
		c.takeDecision(message)
	}
	return nil
}

// receiveBundle does cascade.receive-bundle.
func (c *Cascade) receiveBundle(bundle Bundle) error {
	var commits []KnownCommit
	for _, value := range bundle.Commits {
		if ref := c.Electorate.commitRef(value.head()); c.commit(ref) == nil {
			commits = append(commits, KnownCommit{ref, value})
		}
	}
	var sets []KnownSet
	for _, value := range bundle.Sets {
		if ref := c.Electorate.setRef(value.refs()); c.set(ref) == nil {
			sets = append(sets, KnownSet{ref, value})
		}
	}
	for _, commit := range commits {
		if err := c.Electorate.checkCommit(commit.Value.head()); err != nil {
			return err
		}
	}
	for _, set := range sets {
		if err := c.Electorate.checkSet(&set.Value); err != nil {
			return err
		}
	}
	cooperation := c.First
	if bundle.Instance == 2 {
		cooperation = c.Second
	}
	if err := cooperation.receive(bundle.Statements); err != nil {
		return err
	}
	for _, set := range sets {
		c.noteSet(set)
	}
	for _, commit := range commits {
		if c.noteCommit(commit.Ref, commit.Value) {
			c.outcome.judge = append(c.outcome.judge, commit.Ref)
		}
	}
	return nil
}

// receiveProposal does cascade.receive-proposal.
func (c *Cascade) receiveProposal(message SetProposal) error {
	if err := c.Electorate.checkSet(&message.Set); err != nil {
		return err
	}
	isNamed := c.Electorate.setRef(message.Set.refs()) == message.Ref
	if !isNamed || c.Electorate.verifyCertificate(2, message.Certificate, message.Ref) != nil {
		return refuse("cascade.proposal-certified")
	}
	err := c.Consensus.receive(ConsensusProposal{
		Group: message.Group, Epoch: message.Epoch, Round: message.Round, Proposer: message.Proposer, Ref: message.Ref,
		ValidRound: message.ValidRound, Signature: message.Signature,
	})
	if err != nil {
		return err
	}
	if c.set(message.Ref) == nil {
		c.Sets = append(c.Sets, KnownSet{message.Ref, message.Set})
	}
	c.admit(message.Ref, message.Certificate)
	return nil
}

// admit admits a set in global consensus, unless it was admitted, and says whether it was not.
func (c *Cascade) admit(ref wire.Key, certificate Certificate) bool {
	if c.admitted(ref) != nil {
		return false
	}
	c.Admitted = append(c.Admitted, Certified{ref, certificate})
	c.Consensus.admit(ref)
	return true
}

// admitted is the certificate with which a set was admitted, or nil.
func (c *Cascade) admitted(ref wire.Key) Certificate {
	for _, admitted := range c.Admitted {
		if admitted.Ref == ref {
			return admitted.Certificate
		}
	}
	return nil
}

// checkCommit does cascade.check-commit.
func (e *Electorate) checkCommit(head CommitHead) error {
	if !isAscending(head.Proposals) {
		return refuse("cascade.proposals-order")
	}
	if !e.isSigned(head.Author, authorInput(e.commitRef(head)), head.Signature) {
		return refuse("cascade.author-signature")
	}
	return nil
}

// checkSet does cascade.check-set.
func (e *Electorate) checkSet(set *SetValue) error {
	if !isAscending(set.refs()) {
		return refuse("cascade.set-order")
	}
	for _, one := range set.Commits {
		if e.verifyCertificate(1, one.Certificate, one.Ref) != nil {
			return refuse("cascade.set-certified")
		}
	}
	return nil
}

// noteCommit does cascade.note-commit, but for the judging, and says whether the commit has become known.
func (c *Cascade) noteCommit(ref wire.Key, value CommitValue) bool {
	if c.commit(ref) != nil {
		return false
	}
	ofAuthor := 0
	for _, known := range c.Commits {
		if known.Value.Author == value.Author {
			ofAuthor++
		}
	}
	isInSet := slices.ContainsFunc(c.Sets, func(set KnownSet) bool { return slices.Contains(set.Value.refs(), ref) })
	if ofAuthor >= maximumCommits && !isInSet {
		return false
	}
	c.Commits = append(c.Commits, KnownCommit{ref, value})
	c.Restrained.Authors[ref] = value.Author
	c.First.learn(ref)
	return true
}

// noteSet does cascade.note-set.
func (c *Cascade) noteSet(set KnownSet) {
	if c.set(set.Ref) != nil {
		return
	}
	isFirst := slices.ContainsFunc(c.Second.Statements, func(statement Statement) bool {
		content := statement.content()
		return content.kind == kindWitness && content.seq == 0 && content.ref == set.Ref
	})
	counted := c.Second.count()
	if !isFirst && len(counted.witnesses[set.Ref]) < c.Electorate.witnessQuorum() {
		return
	}
	c.Sets = append(c.Sets, set)
	c.Second.validate(set.Ref)
}

// advance does cascade.advance.
func (c *Cascade) advance() {
	for c.Decision == nil && c.pass() {
	}
	if c.Decision != nil {
		return
	}
	for _, one := range c.Restrained.Sends {
		c.outcome.sends = append(c.outcome.sends, cascadeSending{to: one.To, message: one.Message.(CascadeMessage)})
	}
	if len(c.First.Signed) > 0 || c.hasProposed {
		c.sendBundles(c.First)
	}
	if len(c.Second.Signed) > 0 {
		c.sendBundles(c.Second)
	}
	for _, message := range c.Consensus.Sends {
		c.sendAll(c.consensusMessage(message))
	}
}

// consensusMessage is a message of global consensus, a PROPOSAL with its set.
func (c *Cascade) consensusMessage(message ConsensusMessage) CascadeMessage {
	proposal, ok := message.(ConsensusProposal)
	if !ok {
		return message.(CascadeMessage)
	}
	return SetProposal{
		Group: proposal.Group, Epoch: proposal.Epoch, Round: proposal.Round, Proposer: proposal.Proposer, Ref: proposal.Ref,
		ValidRound: proposal.ValidRound, Signature: proposal.Signature, Set: *c.set(proposal.Ref), Certificate: c.admitted(proposal.Ref),
	}
}

// pass does steps 2 to 9 of cascade.advance, and says whether something has changed.
func (c *Cascade) pass() bool {
	c.beginRounds()
	if c.decideUnique() || c.decideByConsensus() {
		return true
	}
	changed := false
	if len(c.First.Accepted) > 0 {
		changed = c.begin("conflict", conflictLasts)
	}
	changed = c.beginRestrained() || changed
	if c.Restrained.Phase == phaseEnded && len(c.Restrained.Values) > 0 {
		refs := c.First.Accepted
		if c.Restrained.Outcome != nil {
			refs = *c.Restrained.Outcome
		}
		changed = c.proposeSet(refs) || changed
	}
	for _, ref := range c.Second.Accepted {
		if c.admitted(ref) != nil {
			continue
		}
		if certificate, _ := c.Second.certify(ref); certificate != nil {
			changed = c.admit(ref, certificate) || changed
		}
	}
	c.beginRounds()
	if c.First.mayUnlock() {
		changed = c.begin("relax/1", relaxLasts) || changed
	}
	if c.Second.mayUnlock() {
		changed = c.begin("relax/2", relaxLasts) || changed
	}
	return changed
}

// beginRounds begins the timers that global consensus has begun.
func (c *Cascade) beginRounds() {
	names := map[uint64]string{stepPropose: "propose", stepPrevote: "prevote", stepPrecommit: "precommit"}
	for _, timer := range c.Consensus.Begun {
		c.begin(fmt.Sprintf("%s/%d", names[timer.Kind], timer.Round), roundLasts+timer.Round)
	}
	c.Consensus.Begun = nil
}

// decideUnique does steps 2 and 3 of cascade.advance.
func (c *Cascade) decideUnique() bool {
	for _, ref := range c.First.withReady() {
		if certificate, isUnique := c.First.certify(ref); isUnique && c.commit(ref) != nil {
			return c.decide([]wire.Key{ref}, UniqueCommit{Certificate: certificate})
		}
	}
	for _, ref := range c.Second.withReady() {
		if set := c.set(ref); set != nil {
			if certificate, isUnique := c.Second.certify(ref); isUnique && c.decide(set.refs(), UniqueSet{Certificate: certificate}) {
				return true
			}
		}
	}
	return false
}

// withReady are the refs with a READY, in ascending order.
func (c *Cooperation) withReady() []wire.Key {
	counted := c.count()
	var refs []wire.Key
	for ref := range counted.ready {
		refs = insert(refs, ref)
	}
	return refs
}

// decideByConsensus does step 4 of cascade.advance.
func (c *Cascade) decideByConsensus() bool {
	decision := c.Consensus.Decision
	if decision == nil {
		return false
	}
	set := c.set(decision.Ref)
	return set != nil && c.decide(set.refs(), Precommitted{Round: decision.Round, Votes: decision.Votes})
}

// decide decides a set, if all its commits are known.
func (c *Cascade) decide(refs []wire.Key, evidence Evidence) bool {
	decide := Decide{Group: c.Electorate.Group, Epoch: c.Electorate.Epoch, Refs: refs, Evidence: evidence}
	for _, ref := range refs {
		commit := c.commit(ref)
		if commit == nil {
			return false
		}
		decide.Heads = append(decide.Heads, commit.head())
	}
	chosen := c.commit(refs[decide.choice()])
	decide.Commit, decide.Welcome = chosen.Commit, chosen.Welcome
	c.takeDecision(decide)
	return true
}

// takeDecision does cascade.take-decision.
func (c *Cascade) takeDecision(decide Decide) {
	c.Decision = &decide
	c.outcome.sends, c.outcome.timers = nil, nil
	c.sendAll(decide)
}

// beginRestrained does step 6 of cascade.advance.
func (c *Cascade) beginRestrained() bool {
	if c.Restrained.Phase != phaseIdle {
		return false
	}
	var certificates []Certified
	isOurs := false
	for _, ref := range c.First.Accepted {
		if c.Restrained.Authors[ref] != c.Me || c.commit(ref) == nil {
			continue
		}
		isOurs = true
		if certificate, _ := c.First.certify(ref); certificate != nil {
			certificates = append(certificates, Certified{ref, certificate})
		}
	}
	if !isOurs {
		return false
	}
	c.Restrained.begin(*c.First.Candidates, certificates)
	if len(c.Restrained.Values) > 0 {
		c.begin("restrained", restrainedLasts)
	}
	return true
}

// proposeSet does cascade.propose-set, and says whether it has proposed one.
func (c *Cascade) proposeSet(refs []wire.Key) bool {
	if c.ProposedSet {
		return false
	}
	certificates := map[wire.Key]Certificate{}
	var set []choosable
	for _, ref := range refs {
		certificate, _ := c.First.certify(ref)
		if certificate == nil {
			certificate = c.Restrained.certificate(ref)
		}
		if commit := c.commit(ref); certificate != nil && commit != nil {
			certificates[ref] = certificate
			set = append(set, choosable{ref, commit.Author, len(commit.Proposals)})
		}
	}
	if len(set) == 0 {
		return false
	}
	set = choiceOrder(set)
	var chosen []wire.Key
	for _, one := range set[:min(len(set), maximumSet)] {
		chosen = insert(chosen, one.ref)
	}
	value := SetValue{}
	for _, ref := range chosen {
		value.Commits = append(value.Commits, Certified{ref, certificates[ref]})
	}
	ref := c.Electorate.setRef(chosen)
	if c.set(ref) == nil {
		c.Sets = append(c.Sets, KnownSet{ref, value})
	}
	c.ProposedSet = true
	c.Second.propose(ref)
	return true
}

// sendBundles does cascade.bundle.
func (c *Cascade) sendBundles(cooperation *Cooperation) {
	for _, bundle := range c.bundles(cooperation) {
		c.sendAll(bundle)
	}
}

func (c *Cascade) bundles(cooperation *Cooperation) []Bundle {
	var sets []KnownSet
	var commits []KnownCommit
	if cooperation.Instance == 2 {
		sets = slices.SortedFunc(slices.Values(c.Sets), func(a, b KnownSet) int { return compareKeys(a.Ref, b.Ref) })
	}
	for _, commit := range c.Commits {
		isInSet := slices.ContainsFunc(sets, func(set KnownSet) bool { return slices.Contains(set.Value.refs(), commit.Ref) })
		if cooperation.Instance == 1 || isInSet {
			commits = append(commits, commit)
		}
	}
	slices.SortFunc(commits, func(a, b KnownCommit) int { return compareKeys(a.Ref, b.Ref) })
	empty := Bundle{Group: c.Electorate.Group, Epoch: c.Electorate.Epoch, Instance: cooperation.Instance}
	bundles := []Bundle{empty}
	size := 0
	// next is the bundle that has room for one more thing.
	next := func(thing any) *Bundle {
		length := len(wire.Encode(thing))
		if size > 0 && size+length > maximumPart {
			bundles, size = append(bundles, empty), 0
		}
		size += length
		return &bundles[len(bundles)-1]
	}
	for _, statement := range cooperation.sorted() {
		bundle := next(statement)
		bundle.Statements = append(bundle.Statements, statement)
	}
	for _, set := range sets {
		bundle := next(set.Value)
		bundle.Sets = append(bundle.Sets, set.Value)
	}
	for _, commit := range commits {
		bundle := next(commit.Value)
		bundle.Commits = append(bundle.Commits, commit.Value)
	}
	return bundles
}

// timeout does cascade.timeout.
func (c *Cascade) timeout(name string) (cascadeOutcome, error) {
	return c.operate(func() error {
		if c.Decision != nil || !slices.Contains(c.Timers, name) {
			return nil
		}
		kind, number, _ := strings.Cut(name, "/")
		switch kind {
		case "relax":
			if number == "1" {
				c.First.relax()
			} else {
				c.Second.relax()
			}
		case "restrained":
			c.Restrained.timeout()
		case "conflict":
			c.proposeSet(c.First.Accepted)
		default:
			var round uint64
			if _, err := fmt.Sscan(number, &round); err != nil {
				return err
			}
			kinds := map[string]uint64{"propose": stepPropose, "prevote": stepPrevote, "precommit": stepPrecommit}
			c.Consensus.timeout(kinds[kind], round)
		}
		c.advance()
		return nil
	})
}

// repeat is what may have been missed (cascade.repeat).
func (c *Cascade) repeat() []CascadeMessage {
	if c.Decision != nil {
		return []CascadeMessage{*c.Decision}
	}
	var messages []CascadeMessage
	for _, cooperation := range []*Cooperation{c.First, c.Second} {
		if len(cooperation.Statements) == 0 {
			continue
		}
		for _, bundle := range c.bundles(cooperation) {
			messages = append(messages, bundle)
		}
	}
	for _, proposal := range c.Consensus.Proposals {
		messages = append(messages, c.consensusMessage(proposal))
	}
	for _, vote := range c.Consensus.Votes {
		messages = append(messages, c.consensusMessage(vote))
	}
	return messages
}

// verifyDecide does cascade.verify-decide.
func (e *Electorate) verifyDecide(decide Decide) error {
	refs := []wire.Key{}
	for _, head := range decide.Heads {
		if err := e.checkCommit(head); err != nil {
			return err
		}
		refs = append(refs, e.commitRef(head))
	}
	if !slices.Equal(refs, decide.Refs) || !isAscending(decide.Refs) {
		return refuse("cascade.decide-values")
	}
	value := CommitValue{Commit: decide.Commit, Welcome: decide.Welcome}
	digests, chosen := value.head(), decide.Heads[decide.choice()]
	if digests.Commit != chosen.Commit || !equalRefs(digests.Welcome, chosen.Welcome) {
		return refuse("cascade.decide-values")
	}
	var err error
	switch evidence := decide.Evidence.(type) {
	case UniqueCommit:
		if len(decide.Refs) != 1 {
			return refuse("cascade.decide-values")
		}
		err = e.verifyUnique(1, evidence.Certificate, decide.Refs[0])
	case UniqueSet:
		err = e.verifyUnique(2, evidence.Certificate, e.setRef(decide.Refs))
	case Precommitted:
		err = e.verifyDecision(ConsensusDecision{e.setRef(decide.Refs), evidence.Round, evidence.Votes})
	}
	if err != nil {
		return refuse("cascade.decide-evidence")
	}
	return nil
}
