package delivery

import (
	"cmp"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

const (
	labelConsensusProposal = "conclave/1 delivery proposal"
	labelVote              = "conclave/1 delivery vote"
)

// lastRound is the last round of an epoch.
const lastRound = 511

// How far a member is in a round. Timers have the same kinds.
const (
	stepOutside = iota
	stepPropose
	stepPrevote
	stepPrecommit
)

// The kinds of votes.
const (
	kindPrevote   = 5
	kindPrecommit = 6
)

// maximumVotes is how many votes of a voter of one kind and round are held.
const maximumVotes = 2

// ConsensusMessage is a ConsensusProposal, Prevote or Precommit.
type ConsensusMessage interface{ isConsensus() }

// Vote is a Prevote or Precommit.
type Vote interface {
	ConsensusMessage
	cast() castVote
}

// ConsensusProposal is the proposer's value of a round.
type ConsensusProposal struct {
	_          struct{}       `kind:"4" name:"proposal"`
	Group      wire.ID        `wire:"group"`
	Epoch      uint64         `wire:"epoch" range:"0..4294967295"`
	Round      uint64         `wire:"round" range:"0..511"`
	Proposer   uint64         `wire:"proposer" range:"0..65535"`
	Ref        wire.Key       `wire:"ref"`
	ValidRound *uint64        `wire:"validRound" range:"0..511"`
	Signature  wire.Signature `wire:"signature"`
}

// Prevote is a vote for a value, or for nothing.
type Prevote struct {
	_         struct{}       `kind:"5" name:"prevote"`
	Group     wire.ID        `wire:"group"`
	Epoch     uint64         `wire:"epoch" range:"0..4294967295"`
	Round     uint64         `wire:"round" range:"0..511"`
	Voter     uint64         `wire:"voter" range:"0..65535"`
	Ref       *wire.Key      `wire:"ref"`
	Signature wire.Signature `wire:"signature"`
}

// Precommit is a vote by which a value is decided, or for nothing.
type Precommit struct {
	_         struct{}       `kind:"6" name:"precommit"`
	Group     wire.ID        `wire:"group"`
	Epoch     uint64         `wire:"epoch" range:"0..4294967295"`
	Round     uint64         `wire:"round" range:"0..511"`
	Voter     uint64         `wire:"voter" range:"0..65535"`
	Ref       *wire.Key      `wire:"ref"`
	Signature wire.Signature `wire:"signature"`
}

func (ConsensusProposal) isConsensus() {}
func (Prevote) isConsensus()           {}
func (Precommit) isConsensus()         {}

// castVote is what a vote says.
type castVote struct {
	group              wire.ID
	epoch              uint64
	kind, round, voter uint64
	ref                *wire.Key
	signature          wire.Signature
}

func (p Prevote) cast() castVote {
	return castVote{p.Group, p.Epoch, kindPrevote, p.Round, p.Voter, p.Ref, p.Signature}
}

func (p Precommit) cast() castVote {
	return castVote{p.Group, p.Epoch, kindPrecommit, p.Round, p.Voter, p.Ref, p.Signature}
}

func (v castVote) vote() Vote {
	if v.kind == kindPrevote {
		return Prevote{Group: v.group, Epoch: v.epoch, Round: v.round, Voter: v.voter, Ref: v.ref, Signature: v.signature}
	}
	return Precommit{Group: v.group, Epoch: v.epoch, Round: v.round, Voter: v.voter, Ref: v.ref, Signature: v.signature}
}

// DecisiveVote is a PRECOMMIT of a value and a round that are known.
type DecisiveVote struct {
	Voter     uint64         `wire:"voter" range:"0..65535"`
	Signature wire.Signature `wire:"signature"`
}

// ConsensusDecision is what decides: PRECOMMITs of one value in one round.
type ConsensusDecision struct {
	Ref   wire.Key       `wire:"ref"`
	Round uint64         `wire:"round" range:"0..511"`
	Votes []DecisiveVote `wire:"votes" count:"1..1024"`
}

func init() {
	wire.RegisterUnion[ConsensusMessage](ConsensusProposal{}, Prevote{}, Precommit{})
	wire.RegisterUnion[Vote](Prevote{}, Precommit{})
}

// RoundValue is a value with a round.
type RoundValue struct {
	Ref   wire.Key
	Round uint64
}

// RoundTimer is a timer of a round.
type RoundTimer struct {
	Kind  uint64 `json:"kind"`
	Round uint64 `json:"round"`
}

// Consensus is the state of a member in global consensus. Valid is the value last prevoted by n - t; Timers are those
// that have begun.
type Consensus struct {
	Electorate Electorate
	Me         uint64
	SecretKey  wire.Key
	Admissible []wire.Key
	Own        *wire.Key
	Round      uint64
	Step       uint64
	Locked     *RoundValue
	Valid      *RoundValue
	Proposals  []ConsensusProposal
	Votes      []Vote
	Timers     []RoundTimer
	Decision   *ConsensusDecision
	// Sends is what the last operation has to send, and Begun the timers that it has begun.
	Sends []ConsensusMessage
	Begun []RoundTimer
}

func openConsensus(electorate Electorate, me uint64, secretKey wire.Key) (*Consensus, error) {
	if err := electorate.check(); err != nil {
		return nil, err
	}
	return &Consensus{Electorate: electorate, Me: me, SecretKey: secretKey}, nil
}

// proposer is the proposer of a round.
func (e *Electorate) proposer(round uint64) uint64 {
	return e.Voters[(e.Epoch+round)%uint64(len(e.Voters))].Leaf
}

func consensusProposalInput(p ConsensusProposal) []byte {
	var validRound any
	if p.ValidRound != nil {
		validRound = *p.ValidRound
	}
	return wire.CBOR(labelConsensusProposal, p.Group[:], p.Epoch, p.Round, p.Proposer, p.Ref[:], validRound)
}

func voteInput(v castVote) []byte {
	var ref any
	if v.ref != nil {
		ref = v.ref[:]
	}
	return wire.CBOR(labelVote, v.group[:], v.epoch, v.kind, v.round, v.voter, ref)
}

func equalRefs(a, b *wire.Key) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func (c *Consensus) isAdmissible(ref wire.Key) bool {
	return slices.Contains(c.Admissible, ref)
}

// admit does global-consensus.admit.
func (c *Consensus) admit(ref wire.Key) {
	if !c.isAdmissible(ref) {
		c.Admissible = append(c.Admissible, ref)
	}
	if c.Step == stepOutside {
		c.Own = &ref
		c.startRound(0)
	}
	c.settle()
}

// receive does global-consensus.receive.
func (c *Consensus) receive(message ConsensusMessage) error {
	var isNew bool
	switch message := message.(type) {
	case ConsensusProposal:
		if err := c.checkProposal(message); err != nil {
			return err
		}
		isNew = c.holdProposal(message)
	case Vote:
		vote := message.cast()
		if err := c.checkEpoch(vote.group, vote.epoch); err != nil {
			return err
		}
		if !c.Electorate.isSigned(vote.voter, voteInput(vote), vote.signature) {
			return refuse("global-consensus.signature")
		}
		isNew = c.holdVote(message)
	}
	if isNew && c.Decision == nil {
		c.Sends = append(c.Sends, message)
		c.settle()
	}
	return nil
}

func (c *Consensus) checkEpoch(group wire.ID, epoch uint64) error {
	if group != c.Electorate.Group || epoch != c.Electorate.Epoch {
		return refuse("global-consensus.epoch")
	}
	return nil
}

// checkProposal does steps 1 to 4 of global-consensus.receive.
func (c *Consensus) checkProposal(proposal ConsensusProposal) error {
	if err := c.checkEpoch(proposal.Group, proposal.Epoch); err != nil {
		return err
	}
	if !c.Electorate.isSigned(proposal.Proposer, consensusProposalInput(proposal), proposal.Signature) {
		return refuse("global-consensus.signature")
	}
	if proposal.Proposer != c.Electorate.proposer(proposal.Round) {
		return refuse("global-consensus.proposer")
	}
	if proposal.ValidRound != nil && *proposal.ValidRound >= proposal.Round {
		return refuse("global-consensus.earlier-round")
	}
	return nil
}

// holdProposal holds a PROPOSAL if none of its round is held, and says whether it does.
func (c *Consensus) holdProposal(proposal ConsensusProposal) bool {
	if c.proposal(proposal.Round) != nil {
		return false
	}
	c.Proposals = append(c.Proposals, proposal)
	return true
}

func (c *Consensus) proposal(round uint64) *ConsensusProposal {
	for i := range c.Proposals {
		if c.Proposals[i].Round == round {
			return &c.Proposals[i]
		}
	}
	return nil
}

// holdVote holds a vote if it is new and there is room for it, and says whether it does.
func (c *Consensus) holdVote(message Vote) bool {
	vote, number := message.cast(), 0
	for _, held := range c.Votes {
		if other := held.cast(); other.voter == vote.voter && other.kind == vote.kind && other.round == vote.round {
			if number++; number >= maximumVotes || equalRefs(other.ref, vote.ref) {
				return false
			}
		}
	}
	c.Votes = append(c.Votes, message)
	return true
}

// exposed are the voters of whom two votes of one kind and round are held.
func (c *Consensus) exposed() map[uint64]bool {
	type place struct{ voter, kind, round uint64 }
	held, exposed := map[place]bool{}, map[uint64]bool{}
	for _, message := range c.Votes {
		vote := message.cast()
		at := place{vote.voter, vote.kind, vote.round}
		if held[at] {
			exposed[vote.voter] = true
		}
		held[at] = true
	}
	return exposed
}

// voted is how many voters have cast a vote of this kind in a round for which is holds, the exposed ones included.
func (c *Consensus) voted(kind, round uint64, is func(*wire.Key) bool) int {
	voters := c.exposed()
	for _, message := range c.Votes {
		if vote := message.cast(); vote.kind == kind && vote.round == round && is(vote.ref) {
			voters[vote.voter] = true
		}
	}
	return len(voters)
}

func (c *Consensus) hasQuorum(kind, round uint64, is func(*wire.Key) bool) bool {
	return c.voted(kind, round, is) >= c.Electorate.quorum()
}

func anything(*wire.Key) bool { return true }

func nothing(ref *wire.Key) bool { return ref == nil }

func only(ref wire.Key) func(*wire.Key) bool {
	return func(other *wire.Key) bool { return other != nil && *other == ref }
}

// startRound does global-consensus.start-round.
func (c *Consensus) startRound(round uint64) {
	c.Round, c.Step = round, stepPropose
	isProposer := c.Electorate.proposer(round) == c.Me
	switch {
	case isProposer && c.Valid != nil:
		validRound := c.Valid.Round
		c.propose(c.Valid.Ref, &validRound)
	case isProposer && c.Own != nil:
		c.propose(*c.Own, nil)
	default:
		c.begin(stepPropose)
	}
}

func (c *Consensus) propose(ref wire.Key, validRound *uint64) {
	proposal := ConsensusProposal{
		Group: c.Electorate.Group, Epoch: c.Electorate.Epoch, Round: c.Round, Proposer: c.Me, Ref: ref, ValidRound: validRound,
	}
	proposal.Signature = primitives.Sign(c.SecretKey, consensusProposalInput(proposal))
	c.holdProposal(proposal)
	c.Sends = append(c.Sends, proposal)
}

// begin begins a timer of the round, once, and says whether it was new.
func (c *Consensus) begin(kind uint64) bool {
	timer := RoundTimer{kind, c.Round}
	if slices.Contains(c.Timers, timer) {
		return false
	}
	c.Timers, c.Begun = append(c.Timers, timer), append(c.Begun, timer)
	return true
}

// vote prevotes or precommits a value, or nothing (step 12 of global-consensus.settle).
func (c *Consensus) vote(kind uint64, ref *wire.Key) {
	c.Step = stepPrevote
	if kind == kindPrecommit {
		c.Step = stepPrecommit
	}
	vote := castVote{group: c.Electorate.Group, epoch: c.Electorate.Epoch, kind: kind, round: c.Round, voter: c.Me, ref: ref}
	vote.signature = primitives.Sign(c.SecretKey, voteInput(vote))
	c.holdVote(vote.vote())
	c.Sends = append(c.Sends, vote.vote())
}

// timeout does global-consensus.timeout.
func (c *Consensus) timeout(kind, round uint64) {
	if c.Decision != nil || c.Round != round {
		return
	}
	switch {
	case kind == stepPropose && c.Step == stepPropose:
		c.vote(kindPrevote, nil)
	case kind == stepPrevote && c.Step == stepPrevote:
		c.vote(kindPrecommit, nil)
	case kind == stepPrecommit && round < lastRound:
		c.startRound(round + 1)
	}
	c.settle()
}

// settle does global-consensus.settle.
func (c *Consensus) settle() {
	for c.Step != stepOutside && c.Decision == nil && c.advance() {
	}
}

// advance follows the first of steps 3 to 11 of global-consensus.settle that changes something, and says whether there
// is one.
func (c *Consensus) advance() bool {
	return c.decide() || c.catchUp() || c.prevoteProposal() || c.lock() ||
		c.Step == stepPrevote && c.hasQuorum(kindPrevote, c.Round, nothing) && c.precommitNothing() ||
		c.Step == stepPrevote && c.hasQuorum(kindPrevote, c.Round, anything) && c.begin(stepPrevote) ||
		c.hasQuorum(kindPrecommit, c.Round, anything) && c.begin(stepPrecommit)
}

func (c *Consensus) precommitNothing() bool {
	c.vote(kindPrecommit, nil)
	return true
}

// decide does step 3 of global-consensus.settle.
func (c *Consensus) decide() bool {
	type value struct {
		round uint64
		ref   wire.Key
	}
	votes := map[value][]DecisiveVote{}
	for _, message := range c.Votes {
		vote := message.cast()
		if vote.kind != kindPrecommit || vote.ref == nil || !c.isAdmissible(*vote.ref) {
			continue
		}
		of := value{vote.round, *vote.ref}
		votes[of] = append(votes[of], DecisiveVote{vote.voter, vote.signature})
		isFirst := c.Decision == nil || of.round < c.Decision.Round
		if isFirst && len(votes[of]) >= c.Electorate.quorum() {
			c.Decision = &ConsensusDecision{of.ref, of.round, nil}
		}
	}
	if c.Decision == nil {
		return false
	}
	decisive := votes[value{c.Decision.Round, c.Decision.Ref}]
	slices.SortFunc(decisive, func(a, b DecisiveVote) int { return cmp.Compare(a.Voter, b.Voter) })
	c.Decision.Votes = decisive
	return true
}

// catchUp does step 4 of global-consensus.settle.
func (c *Consensus) catchUp() bool {
	exposed := c.exposed()
	heard := map[uint64]map[uint64]bool{}
	note := func(round, voter uint64) {
		if heard[round] == nil {
			heard[round] = map[uint64]bool{}
			for one := range exposed {
				heard[round][one] = true
			}
		}
		heard[round][voter] = true
	}
	for _, message := range c.Votes {
		vote := message.cast()
		note(vote.round, vote.voter)
	}
	for _, proposal := range c.Proposals {
		note(proposal.Round, proposal.Proposer)
	}
	latest := c.Round
	for round, voters := range heard {
		if len(voters) > c.Electorate.faults() {
			latest = max(latest, round)
		}
	}
	if latest == c.Round {
		return false
	}
	c.startRound(latest)
	return true
}

// prevoteProposal does steps 5 and 6 of global-consensus.settle.
func (c *Consensus) prevoteProposal() bool {
	proposal := c.proposal(c.Round)
	if c.Step != stepPropose || proposal == nil || !c.isAdmissible(proposal.Ref) {
		return false
	}
	mayVote := c.Locked == nil || c.Locked.Ref == proposal.Ref
	if valid := proposal.ValidRound; valid != nil {
		if !c.hasQuorum(kindPrevote, *valid, only(proposal.Ref)) {
			return false
		}
		mayVote = mayVote || c.Locked.Round <= *valid
	}
	if mayVote {
		c.vote(kindPrevote, &proposal.Ref)
	} else {
		c.vote(kindPrevote, nil)
	}
	return true
}

// lock does steps 7 and 8 of global-consensus.settle.
func (c *Consensus) lock() bool {
	if c.Step != stepPrevote && c.Step != stepPrecommit {
		return false
	}
	for _, ref := range c.Admissible {
		if !c.hasQuorum(kindPrevote, c.Round, only(ref)) {
			continue
		}
		prevoted := RoundValue{ref, c.Round}
		if c.Step == stepPrevote {
			c.Locked, c.Valid = &prevoted, &prevoted
			c.vote(kindPrecommit, &ref)
			return true
		}
		if c.Valid == nil || c.Valid.Round != c.Round {
			c.Valid = &prevoted
			return true
		}
	}
	return false
}

// verifyDecision does global-consensus.verify-decision.
func (e *Electorate) verifyDecision(decision ConsensusDecision) error {
	if err := e.check(); err != nil {
		return err
	}
	voters := []uint64{}
	for _, vote := range decision.Votes {
		voters = append(voters, vote.Voter)
	}
	if len(voters) < e.quorum() || !distinct.Are(voters) {
		return refuse("global-consensus.decision-quorum")
	}
	for _, vote := range decision.Votes {
		cast := castVote{group: e.Group, epoch: e.Epoch, kind: kindPrecommit, round: decision.Round, voter: vote.Voter, ref: &decision.Ref}
		if !e.isSigned(vote.Voter, voteInput(cast), vote.Signature) {
			return refuse("global-consensus.signature")
		}
	}
	return nil
}
