package delivery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"conclave.example/port/internal/deep"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// Bounds of the chapter "delivery-service".
const (
	serviceHorizon  = 2
	maximumKept     = 64
	maximumEarly    = 256
	maximumPast     = 64
	maximumAsks     = 2
	maximumAsked    = 1024
	maximumProposal = 1 << 16
	maximumOwn      = 4
)

// OwnCommit is a commit of ours with the state after it, and the users that it brings back.
type OwnCommit struct {
	Ref        wire.Key
	Next       *Group
	BringsBack []string
}

// Incomplete is a commit with proposals that were not told of.
type Incomplete struct {
	Ref     wire.Key
	Missing []wire.Key
}

// EarlyMessage is a message that came before the welcome.
type EarlyMessage struct {
	From    string
	Message Message
}

// LaterMessage is a message of a later epoch.
type LaterMessage struct {
	From    string
	Epoch   uint64
	Message Message
}

// KeptWelcome is a welcome to be sent on, with the users that were not heard of.
type KeptWelcome struct {
	Users   []string
	Welcome []byte
}

// Former is one who is no member any more, with its last epoch.
type Former struct {
	User  string
	Epoch uint64
}

// PastDecision is the decision of an epoch that has ended, with the proposals that its commit names.
type PastDecision struct {
	Decide    Decide
	Proposals [][]byte
}

// Service is the state of a member.
type Service struct {
	Status     string
	User       string
	Tree       *Group
	Murmur     *Murmur
	SampleSize uint64
	Cascade    *Cascade
	Own        []OwnCommit
	Incomplete []Incomplete
	Later      []LaterMessage
	Asked      []string
	Fetches    uint64
	Welcome    *KeptWelcome
	Past       []PastDecision
	Former     []Former
	Blamed     []string
	Returning  *Outside
	Silent     *uint64
}

// sending is a message to users.
type sending struct {
	to      []string
	message Message
}

// event is something that the application is told.
type event struct {
	kind   string
	epoch  uint64
	author *uint64
	ref    *wire.Key
}

// givenOut is a commit that the cascade gave out to be judged, with the sender of the message by which it became known.
type givenOut struct {
	ref  wire.Key
	from string
}

// turn is one operation of a member.
type turn struct {
	*Service
	seed   wire.Key
	sends  []sending
	events []event
	timers []Timer
	judge  []givenOut
}

func (t *turn) send(message Message, to ...string) {
	if len(to) > 0 {
		t.sends = append(t.sends, sending{to, message})
	}
}

func (t *turn) tell(kind string, epoch uint64) {
	t.events = append(t.events, event{kind: kind, epoch: epoch})
}

func (t *turn) tellOf(kind string, epoch, author uint64, ref wire.Key) {
	t.events = append(t.events, event{kind, epoch, &author, &ref})
}

func (t *turn) begin(name string, delay uint64) {
	t.timers = append(t.timers, Timer{fmt.Sprintf("%d/%s", t.Tree.Epoch, name), delay})
}

// attempt does an operation whose refusal leaves no trace, and says whether it was accepted.
func (t *turn) attempt(operation func() error) bool {
	before, sends, events, timers, judge := deep.Copy(*t.Service), len(t.sends), len(t.events), len(t.timers), len(t.judge)
	if operation() == nil {
		return true
	}
	*t.Service = before
	t.sends, t.events, t.timers, t.judge = t.sends[:sends], t.events[:events], t.timers[:timers], t.judge[:judge]
	return false
}

// others are the users of the other members, in ascending order of their leaves.
func (t *turn) others() []string {
	var users []string
	for _, member := range t.Tree.Members {
		if member.Leaf != t.Tree.Me {
			users = append(users, member.User)
		}
	}
	return users
}

func (g *Group) leaves() []uint64 {
	var leaves []uint64
	for _, member := range g.Members {
		leaves = append(leaves, member.Leaf)
	}
	return leaves
}

// userOf is the user of the member on a leaf.
func (g *Group) userOf(leaf uint64) (string, bool) {
	member := g.member(leaf)
	if member == nil {
		return "", false
	}
	return member.User, true
}

// usersOf are the users of the members on leaves.
func (g *Group) usersOf(leaves []uint64) []string {
	var users []string
	for _, leaf := range leaves {
		if user, ok := g.userOf(leaf); ok {
			users = append(users, user)
		}
	}
	return users
}

func (s *Service) isSilent() bool { return s.Silent != nil && s.Tree.Epoch <= *s.Silent }

// decided is the ref and the head of the commit that was decided, if one was.
func (s *Service) decided() (ref wire.Key, head CommitHead, ok bool) {
	decision := s.Cascade.Decision
	if decision == nil {
		return wire.Key{}, CommitHead{}, false
	}
	at := decision.choice()
	return decision.Refs[at], decision.Heads[at], true
}

// untold are those of the refs of proposals that were not told of.
func (s *Service) untold(refs []wire.Key) []wire.Key {
	var missing []wire.Key
	for _, ref := range refs {
		if s.Tree.find(ref) == nil {
			missing = append(missing, ref)
		}
	}
	return missing
}

// missing are the refs of all proposals that incomplete commits and the decided one miss, in ascending order.
func (s *Service) missing() []wire.Key {
	var refs []wire.Key
	for _, incomplete := range s.Incomplete {
		for _, ref := range incomplete.Missing {
			refs = insert(refs, ref)
		}
	}
	if _, head, ok := s.decided(); ok {
		for _, ref := range s.untold(head.Proposals) {
			refs = insert(refs, ref)
		}
	}
	return refs
}

// newService begins the state of a member, in a turn, with the gossip of its epoch.
func newService(seed wire.Key, user string, tree *Group, sampleSize uint64) (*turn, error) {
	t := &turn{Service: &Service{Status: statusActive, User: user, Tree: tree, SampleSize: sampleSize}, seed: seed}
	return t, t.openEpoch()
}

// openEpoch begins an epoch, with murmur opened.
func (t *turn) openEpoch() error {
	if err := t.beginEpoch(); err != nil {
		return err
	}
	gossip, sends := newMurmur(t.seed, t.Tree.Group, t.Tree.Epoch, t.Tree.Me, t.Tree.leaves(), t.SampleSize)
	t.Murmur = gossip
	t.sendMurmur(sends)
	return nil
}

// found does delivery-service.found.
func found(seed wire.Key, outside *Outside, group wire.ID, sampleSize uint64) (*turn, error) {
	tree, err := outside.found(group)
	if err != nil {
		return nil, err
	}
	return newService(seed, outside.User, tree, sampleSize)
}

// joinService does delivery-service.join, with the messages that were kept before.
func joinService(seed wire.Key, outside *Outside, welcome []byte, early []EarlyMessage, sampleSize uint64) (*turn, error) {
	tree, err := outside.join(welcome)
	if err != nil {
		return nil, err
	}
	t, err := newService(seed, outside.User, tree, sampleSize)
	if err != nil {
		return nil, err
	}
	t.tell("joined", t.Tree.Epoch)
	number := map[string]int{}
	isFull := len(early) >= maximumEarly
	for _, one := range early {
		t.attempt(func() error { return t.takeIn(one.From, one.Message) })
		number[one.From]++
		isFull = isFull || number[one.From] >= maximumKept
	}
	if err := t.follow(); err != nil {
		return nil, err
	}
	if isFull {
		t.resume()
	}
	return t, nil
}

// receiveEarly keeps a message of one who is no member yet (delivery-service.receive-early).
func receiveEarly(early []EarlyMessage, from string, message Message) ([]EarlyMessage, error) {
	ofSender := 0
	for _, one := range early {
		if one.From == from {
			ofSender++
		}
	}
	if ofSender >= maximumKept || len(early) >= maximumEarly {
		return nil, refuse("delivery-service.early-quota")
	}
	return append(early, EarlyMessage{from, message}), nil
}

// beginEpoch does delivery-service.begin-epoch.
func (t *turn) beginEpoch() error {
	n := uint64(len(t.Tree.Members))
	electorate := Electorate{Group: t.Tree.Group, Epoch: t.Tree.Epoch, Faults: usualFaults(n), Sensitivity: 1}
	for _, member := range t.Tree.Members {
		electorate.Voters = append(electorate.Voters, Voter{member.Leaf, member.SigningKey})
	}
	cascade, err := openCascade(electorate, t.Tree.Me, t.Tree.SigningSecretKey)
	t.Cascade, t.Own, t.Incomplete, t.Asked, t.Fetches, t.Welcome, t.judge = cascade, nil, nil, nil, 0, nil, nil
	return err
}

// sendMurmur sends what murmur has to send, to each peer by itself.
func (t *turn) sendMurmur(sends []murmurSending) {
	for _, one := range sends {
		t.send(Gossiping{Message: one.message}, t.Tree.usersOf([]uint64{one.to})...)
	}
}

// route hands on what comes of the cascade.
func (t *turn) route(from string, outcome cascadeOutcome) {
	for _, one := range outcome.sends {
		to := t.others()
		if !one.toAll {
			to = t.Tree.usersOf(one.to)
		}
		t.sendCascade(one.message, to)
	}
	for _, timer := range outcome.timers {
		t.begin(timer.Name, timer.Delay)
	}
	for _, ref := range outcome.judge {
		t.judge = append(t.judge, givenOut{ref, from})
	}
}

// sendCascade sends a message of the cascade, a DECIDE with the proposals that its commit names.
func (t *turn) sendCascade(message CascadeMessage, to []string) {
	decide, ok := message.(Decide)
	if !ok {
		t.send(Agreement{Message: message}, to...)
		return
	}
	t.sendDecision(decide, t.told(decide.Heads[decide.choice()].Proposals), to)
}

// told are those of the proposals that we were told of, in the order in which we were.
func (t *turn) told(refs []wire.Key) [][]byte {
	var proposals [][]byte
	for _, proposal := range t.Tree.Proposals {
		if slices.Contains(refs, proposal.reference()) {
			proposals = append(proposals, proposal.bytes())
		}
	}
	return proposals
}

// sendDecision sends a DECIDE with proposals (delivery-service.send-proposals).
func (t *turn) sendDecision(decide Decide, proposals [][]byte, to []string) {
	number := room(proposals, len(wire.Encode(decide)))
	t.send(Decision{Decide: decide, Proposals: proposals[:number]}, to...)
	t.sendFetched(proposals[number:], decide.Epoch, to)
}

// sendFetched sends proposals by themselves (delivery-service.send-proposals).
func (t *turn) sendFetched(proposals [][]byte, epoch uint64, to []string) {
	for len(proposals) > 0 {
		number := max(1, room(proposals, 0))
		t.send(Fetched{Group: t.Tree.Group, Epoch: epoch, Proposals: proposals[:number]}, to...)
		proposals = proposals[number:]
	}
}

// room is how many of the proposals fit into a message that has so many bytes.
func room(proposals [][]byte, size int) int {
	for i, proposal := range proposals {
		if size += len(wire.Encode(proposal)); size > maximumPart {
			return i
		}
	}
	return len(proposals)
}

// checkActive does step 1 of delivery-service.propose.
func (t *turn) checkActive() error {
	if t.Status != statusActive {
		return refuse("delivery-service.active")
	}
	if t.isSilent() {
		return refuse("delivery-service.silent")
	}
	return nil
}

// propose does delivery-service.propose, with a proposal that make gives.
func (t *turn) propose(make func(*Group) ([]byte, error)) error {
	if err := t.checkActive(); err != nil {
		return err
	}
	proposal, err := make(t.Tree)
	if err != nil {
		return err
	}
	if len(proposal) > maximumProposal {
		return refuse("delivery-service.size")
	}
	admitted, err := t.Tree.admit(proposal)
	if err != nil {
		return err
	}
	t.tellOf("proposal", t.Tree.Epoch, admitted.author(), admitted.reference())
	sends, _, err := t.Murmur.receiveGossip(proposal, true, false)
	t.sendMurmur(sends)
	return err
}

// commit does delivery-service.commit, of these proposals or, for nil, the selection.
func (t *turn) commit(refs []wire.Key) error {
	if err := t.checkActive(); err != nil {
		return err
	}
	if refs == nil {
		refs = references(selectionOf(t.Tree.Proposals, t.Tree.Me, t.Tree.Members))
	}
	bringsBack, isMore := t.broughtBack(refs)
	if len(t.Own) > 0 && (!isMore || len(t.Own) >= maximumOwn) {
		return refuse("delivery-service.one-commit")
	}
	made, err := t.Tree.commit(t.seed, refs)
	if err != nil {
		return err
	}
	if len(refs) > maximumNamed || len(made.commit) > maximumCommit || len(made.welcome) > maximumCommit {
		return refuse("delivery-service.size")
	}
	value := CommitValue{Author: t.Tree.Me, Proposals: slices.SortedFunc(slices.Values(refs), compareKeys), Commit: made.commit}
	if made.welcome != nil {
		value.Welcome = &made.welcome
	}
	ref, value := t.Cascade.Electorate.signCommit(t.Tree.SigningSecretKey, value)
	t.Own = append(t.Own, OwnCommit{ref, made.next, bringsBack})
	outcome, err := t.Cascade.propose(value)
	if err != nil {
		return err
	}
	t.route(t.User, outcome)
	return t.follow()
}

// broughtBack are the users that proposals bring back, and whether our earlier commits do not bring all of them back.
func (t *turn) broughtBack(refs []wire.Key) (users []string, isMore bool) {
	for _, ref := range refs {
		add, ok := t.Tree.find(ref).(AdmittedAdd)
		if !ok {
			continue
		}
		if _, isMember := t.Tree.leafOf(add.User); isMember {
			users = append(users, add.User)
			before := func(own OwnCommit) bool { return slices.Contains(own.BringsBack, add.User) }
			isMore = isMore || !slices.ContainsFunc(t.Own, before)
		}
	}
	return users, isMore
}

// receive does delivery-service.receive.
func (t *turn) receive(from string, message Message) error {
	if err := t.takeIn(from, message); err != nil {
		return err
	}
	return t.follow()
}

// wasMember says whether a user is a member, or was one in the last 64 epochs.
func (t *turn) wasMember(user string) bool {
	if _, ok := t.Tree.leafOf(user); ok {
		return true
	}
	return slices.ContainsFunc(t.Former, func(former Former) bool { return former.User == user })
}

// takeIn does delivery-service.take-in.
func (t *turn) takeIn(from string, message Message) error {
	_, isFetch := message.(Fetch)
	_, isAgreement := message.(Agreement)
	gossip, _ := message.(Gossiping)
	proposal, isProposal := gossip.proposal()
	group, epoch := placeOf(message)
	if !isProposal {
		if group != t.Tree.Group {
			return refuse("delivery-service.group")
		}
		asks := isFetch && epoch <= t.Tree.Epoch || isAgreement && epoch < t.Tree.Epoch
		if asks && !t.wasMember(from) {
			return refuse("delivery-service.asker")
		}
	}
	switch {
	case t.Status == statusRemoved, !isProposal && epoch < t.Tree.Epoch:
		t.answerPast(from, message)
		return nil
	case !isProposal && epoch > t.Tree.Epoch:
		return t.keepLater(from, epoch, message)
	case isProposal && t.Status == statusStuck:
		return nil
	case isProposal:
		return t.takeProposal(proposal, false)
	}
	switch message := message.(type) {
	case Agreement:
		if t.isSilent() && t.Cascade.Decision == nil {
			return nil
		}
		return t.receiveCascade(from, message.Message)
	case Decision:
		return t.takeDecision(from, message)
	case Gossiping:
		return t.takeSubscription(from, message)
	case Fetch:
		if len(message.Refs) == 0 {
			t.sendAgain(from)
		} else {
			t.sendFetched(t.told(message.Refs), t.Tree.Epoch, []string{from})
		}
	case Fetched:
		t.takeFetched(message.Proposals, t.missing())
	case Welcoming:
		return verdict.Ignored{}
	}
	return nil
}

func (t *turn) receiveCascade(from string, message CascadeMessage) error {
	var sender *uint64
	if leaf, ok := t.Tree.leafOf(from); ok {
		sender = &leaf
	}
	outcome, err := t.Cascade.receive(sender, message)
	if err != nil {
		return err
	}
	t.route(from, outcome)
	return nil
}

// nobody is a leaf that no member has.
const nobody = 1 << 16

// takeSubscription takes in a SUBSCRIBE (step 8 of delivery-service.take-in).
func (t *turn) takeSubscription(from string, message Gossiping) error {
	leaf, ok := t.Tree.leafOf(from)
	if !ok {
		leaf = nobody
	}
	subscribe, _ := message.Message.(Subscribe)
	sends, err := t.Murmur.receiveSubscribe(leaf, subscribe)
	if err != nil {
		return err
	}
	t.sendMurmur(sends)
	if t.Welcome != nil {
		t.Welcome.Users = slices.DeleteFunc(t.Welcome.Users, func(user string) bool { return user == from })
	}
	return nil
}

// answerPast does delivery-service.answer-past.
func (t *turn) answerPast(from string, message Message) {
	_, epoch := placeOf(message)
	at := slices.IndexFunc(t.Past, func(past PastDecision) bool { return past.Decide.Epoch == epoch })
	if at < 0 {
		return
	}
	switch message := message.(type) {
	case Agreement:
		t.sendDecision(t.Past[at].Decide, t.Past[at].Proposals, []string{from})
	case Fetch:
		for _, past := range t.Past[at:] {
			t.sendDecision(past.Decide, past.Proposals, []string{from})
		}
		if len(message.Refs) == 0 && t.Status != statusRemoved {
			t.sendAgain(from)
		}
	}
}

// keepLater does delivery-service.keep-later.
func (t *turn) keepLater(from string, epoch uint64, message Message) error {
	if epoch > t.Tree.Epoch+serviceHorizon {
		return refuse("delivery-service.horizon")
	}
	_, isMember := t.Tree.leafOf(from)
	ofSender, ofStrangers := 0, 0
	for _, later := range t.Later {
		if later.Epoch != epoch {
			continue
		}
		if later.From == from {
			ofSender++
		}
		if _, ok := t.Tree.leafOf(later.From); !ok {
			ofStrangers++
		}
	}
	if ofSender >= maximumKept || !isMember && ofStrangers >= maximumKept {
		return refuse("delivery-service.quota")
	}
	t.Later = append(t.Later, LaterMessage{from, epoch, message})
	if !slices.Contains(t.Asked, from) {
		t.Asked = append(t.Asked, from)
		t.send(Fetch{Group: t.Tree.Group, Epoch: t.Tree.Epoch}, from)
	}
	return nil
}

// takeDecision does delivery-service.take-decision.
func (t *turn) takeDecision(from string, message Decision) error {
	if err := t.Cascade.Electorate.verifyDecide(message.Decide); err != nil {
		return err
	}
	t.takeFetched(message.Proposals, message.Decide.Heads[message.Decide.choice()].Proposals)
	return t.receiveCascade(from, message.Decide)
}

// takeProposal does delivery-service.take-proposal.
func (t *turn) takeProposal(proposal []byte, isWanted bool) error {
	tree := *t.Tree
	tree.Proposals = slices.Clip(tree.Proposals)
	admitted, admission := tree.admit(proposal)
	sends, isDelivered, err := t.Murmur.receiveGossip(proposal, admission == nil, isWanted)
	if err != nil {
		return err
	}
	t.sendMurmur(sends)
	if isDelivered {
		t.Tree = &tree
		t.tellOf("proposal", t.Tree.Epoch, admitted.author(), admitted.reference())
		for i := range t.Incomplete {
			incomplete := &t.Incomplete[i]
			incomplete.Missing = slices.DeleteFunc(incomplete.Missing, func(ref wire.Key) bool { return ref == admitted.reference() })
		}
	}
	return nil
}

// takeFetched does delivery-service.take-fetched. What is refused is left out.
func (t *turn) takeFetched(proposals [][]byte, wanted []wire.Key) {
	for _, proposal := range proposals {
		_, ref, err := readProposal(proposal)
		if err != nil || !slices.Contains(wanted, ref) {
			continue
		}
		t.attempt(func() error {
			if t.Status == statusStuck {
				return t.Tree.keep(proposal)
			}
			return t.takeProposal(proposal, true)
		})
	}
}

// sendAgain does delivery-service.send-again.
func (t *turn) sendAgain(to string) {
	if _, ok := t.Tree.leafOf(to); !ok {
		return
	}
	for _, proposal := range t.Tree.Proposals {
		t.send(Gossiping{Message: Gossip{Proposal: proposal.bytes()}}, to)
	}
	for _, message := range t.Cascade.repeat() {
		t.sendCascade(message, []string{to})
	}
}

// judgeCommit does delivery-service.judge.
func (t *turn) judgeCommit(one givenOut) error {
	value := t.Cascade.commit(one.ref)
	if t.isSilent() || value == nil {
		return nil
	}
	read, err := readCommit(value.Commit)
	isAsSaid := err == nil && read.Group == t.Tree.Group && read.Epoch == t.Tree.Epoch && read.Author == value.Author &&
		slices.Equal(slices.SortedFunc(slices.Values(read.References), compareKeys), value.Proposals)
	if !isAsSaid || value.Author == t.Tree.Me {
		return nil
	}
	if t.Status == statusStuck {
		if t.judgeStuck(value) {
			return t.validate(one)
		}
		return nil
	}
	if missing := t.untold(value.Proposals); len(missing) > 0 {
		t.Incomplete = append(t.Incomplete, Incomplete{one.ref, missing})
		t.ask(one.from)
		return nil
	}
	if _, _, err := t.Tree.process(value.Commit); err != nil {
		return nil
	}
	return t.validate(one)
}

func (t *turn) validate(one givenOut) error {
	outcome, err := t.Cascade.validate(one.ref)
	if err != nil {
		return err
	}
	t.route(one.from, outcome)
	return nil
}

func welcomeOf(welcome *[]byte) []byte {
	if welcome == nil {
		return nil
	}
	return *welcome
}

// judgeStuck says whether one who is stuck finds a commit valid (delivery-service.judge-stuck).
func (t *turn) judgeStuck(value *CommitValue) bool {
	if t.Returning != nil {
		if _, err := t.Tree.rejoin(t.Returning, value.Commit, welcomeOf(value.Welcome)); err == nil {
			return true
		}
	}
	blamed := uint64(0)
	for _, member := range t.Tree.Members {
		if slices.Contains(t.Blamed, member.User) {
			blamed++
		}
	}
	author, _ := t.Tree.userOf(value.Author)
	return !slices.Contains(t.Blamed, author) && blamed >= t.Cascade.Electorate.Faults
}

// ask does delivery-service.ask.
func (t *turn) ask(user string) {
	missing := t.missing()
	t.send(Fetch{Group: t.Tree.Group, Epoch: t.Tree.Epoch, Refs: missing[:min(len(missing), maximumAsked)]}, user)
	t.begin("fetch", 1)
}

// askNext does delivery-service.ask-next.
func (t *turn) askNext() {
	others := t.others()
	if len(t.missing()) == 0 || len(others) == 0 {
		return
	}
	number := uint64(len(others))
	if t.Cascade.Decision == nil && t.Fetches >= maximumAsks*number {
		return
	}
	next := others[t.Fetches%number]
	t.Fetches++
	t.ask(next)
}

// follow does delivery-service.follow.
func (t *turn) follow() error {
	for {
		if err := t.judgeAll(); err != nil {
			return err
		}
		if t.Cascade.Decision != nil && t.Status != statusRemoved {
			if err := t.apply(); err != nil {
				return err
			}
		}
		at := slices.IndexFunc(t.Later, func(later LaterMessage) bool { return later.Epoch <= t.Tree.Epoch })
		if at < 0 || t.Status == statusRemoved {
			return nil
		}
		later := t.Later[at]
		t.Later = slices.Delete(slices.Clone(t.Later), at, at+1)
		t.attempt(func() error { return t.takeIn(later.From, later.Message) })
	}
}

// judgeAll does step 1 of delivery-service.follow.
func (t *turn) judgeAll() error {
	for t.Cascade.Decision == nil {
		if len(t.judge) > 0 {
			next := t.judge[0]
			t.judge = t.judge[1:]
			if err := t.judgeCommit(next); err != nil {
				return err
			}
			continue
		}
		slices.SortFunc(t.Incomplete, func(a, b Incomplete) int { return compareKeys(a.Ref, b.Ref) })
		at := slices.IndexFunc(t.Incomplete, func(incomplete Incomplete) bool { return len(incomplete.Missing) == 0 })
		if at < 0 {
			break
		}
		complete := t.Incomplete[at].Ref
		t.Incomplete = slices.Delete(t.Incomplete, at, at+1)
		if err := t.judgeCommit(givenOut{complete, t.User}); err != nil {
			return err
		}
	}
	t.judge = nil
	return nil
}

// apply does delivery-service.apply.
func (t *turn) apply() error {
	ref, head, _ := t.decided()
	if len(t.untold(head.Proposals)) > 0 {
		if t.Fetches == 0 {
			t.askNext()
		}
		return nil
	}
	decide := *t.Cascade.Decision
	t.keepDecision(decide, t.told(head.Proposals))
	before, epoch := t.Tree, t.Tree.Epoch
	var next *Group
	if t.Status == statusActive {
		isRemoved := false
		next, isRemoved = t.next(ref, decide.Commit)
		if isRemoved {
			t.tellOf("commit", epoch, head.Author, ref)
			t.leave(epoch)
			return nil
		}
		if next == nil {
			t.Status = statusStuck
			t.tell(statusStuck, epoch)
			if author, ok := t.Tree.userOf(head.Author); ok && !slices.Contains(t.Blamed, author) {
				t.Blamed = append(t.Blamed, author)
			}
		}
	}
	if t.Status == statusStuck {
		if t.Returning != nil {
			if state, err := t.Tree.rejoin(t.Returning, decide.Commit, welcomeOf(decide.Welcome)); err == nil {
				return t.comeIn(state)
			}
		}
		followed, isRemoved, err := t.Tree.follow(decide.Commit)
		if err != nil {
			return nil
		}
		if isRemoved {
			t.leave(epoch)
			return nil
		}
		next = followed
	} else {
		t.tellOf("commit", epoch, head.Author, ref)
	}
	if err := t.enter(next); err != nil {
		return err
	}
	t.sendWelcome(before, head.Author, decide.Welcome)
	return t.advanceMurmur()
}

// keepDecision keeps a decision to answer with, and the 63 before it.
func (t *turn) keepDecision(decide Decide, proposals [][]byte) {
	if last := len(t.Past) - 1; last >= 0 && t.Past[last].Decide.Epoch == decide.Epoch {
		return
	}
	t.Past = append(t.Past, PastDecision{decide, proposals})
	t.Past = t.Past[max(0, len(t.Past)-maximumPast):]
}

// next is the state after a commit that was decided, nil when it cannot be processed (step 3 of delivery-service.apply).
func (t *turn) next(ref wire.Key, commit []byte) (next *Group, isRemoved bool) {
	for _, own := range t.Own {
		if own.Ref == ref {
			return own.Next, false
		}
	}
	next, isRemoved, err := t.Tree.process(commit)
	if err != nil {
		return nil, false
	}
	return next, isRemoved
}

// leave says that we are removed.
func (t *turn) leave(epoch uint64) {
	t.tell(statusRemoved, epoch)
	t.Status = statusRemoved
}

// enter begins an epoch, and forgets what waited and what is kept for epochs that have passed.
func (t *turn) enter(next *Group) error {
	for _, member := range t.Tree.Members {
		if _, ok := next.leafOf(member.User); !ok {
			t.Former = append(t.Former, Former{member.User, t.Tree.Epoch})
		}
	}
	t.Former = slices.DeleteFunc(t.Former, func(former Former) bool {
		_, isMember := next.leafOf(former.User)
		return isMember || former.Epoch+maximumPast < next.Epoch
	})
	t.Later = slices.DeleteFunc(t.Later, func(later LaterMessage) bool { return later.Epoch < next.Epoch })
	t.Tree = next
	return t.beginEpoch()
}

// sendWelcome does steps 10 and 11 of delivery-service.apply.
func (t *turn) sendWelcome(before *Group, author uint64, welcome *[]byte) {
	if welcome == nil {
		return
	}
	var added []string
	for _, member := range t.Tree.Members {
		isBefore := slices.ContainsFunc(before.Members, func(one Member) bool {
			return one.User == member.User && one.SigningKey == member.SigningKey
		})
		if !isBefore && member.Leaf != t.Tree.Me {
			added = append(added, member.User)
		}
	}
	if author == before.Me {
		t.send(t.welcoming(*welcome), added...)
	} else if len(added) > 0 {
		t.Welcome = &KeptWelcome{added, *welcome}
		t.begin("welcome", 1)
	}
}

func (t *turn) welcoming(welcome []byte) Welcoming {
	return Welcoming{Group: t.Tree.Group, Epoch: t.Tree.Epoch, Welcome: welcome}
}

// advanceMurmur does step 12 of delivery-service.apply.
func (t *turn) advanceMurmur() error {
	sends, due := t.Murmur.advance(t.seed, t.Tree.Epoch, t.Tree.Me, t.Tree.leaves(), t.SampleSize)
	t.sendMurmur(sends)
	if t.Status == statusStuck {
		return nil
	}
	for _, proposal := range due {
		t.attempt(func() error { return t.takeProposal(proposal, false) })
	}
	return nil
}

// comeIn does delivery-service.come-in.
func (t *turn) comeIn(state *Group) error {
	t.Status, t.Returning = statusActive, nil
	if err := t.enter(state); err != nil {
		return err
	}
	gossip, sends := newMurmur(t.seed, t.Tree.Group, t.Tree.Epoch, t.Tree.Me, t.Tree.leaves(), t.SampleSize)
	t.Murmur = gossip
	t.sendMurmur(sends)
	t.tell("joined", t.Tree.Epoch)
	return nil
}

// timeout does delivery-service.timeout.
func (t *turn) timeout(name string) error {
	epoch, kind, _ := strings.Cut(name, "/")
	if epoch != strconv.FormatUint(t.Tree.Epoch, 10) || t.Status == statusRemoved {
		return nil
	}
	switch {
	case kind == "fetch":
		t.askNext()
	case kind == "welcome":
		if t.Welcome != nil {
			t.send(t.welcoming(t.Welcome.Welcome), t.Welcome.Users...)
		}
	case !t.isSilent():
		outcome, err := t.Cascade.timeout(kind)
		if err != nil {
			return err
		}
		t.route(t.User, outcome)
	}
	return t.follow()
}

// comeBack does delivery-service.come-back.
func (t *turn) comeBack(number uint64) ([]byte, error) {
	if t.Status != statusStuck {
		return nil, refuse("delivery-service.comes-back")
	}
	t.Returning = newOutside(t.seed, t.User, number)
	return t.Returning.KeyPackage, nil
}

// restore does delivery-service.restore.
func (t *turn) restore(through uint64) {
	through = max(through, t.Tree.Epoch)
	if t.Silent != nil {
		through = max(through, *t.Silent)
	}
	t.Silent = &through
	t.resume()
}

// resume does delivery-service.resume.
func (t *turn) resume() {
	if t.Status != statusRemoved {
		t.send(Fetch{Group: t.Tree.Group, Epoch: t.Tree.Epoch}, t.others()...)
	}
}
