package delivery

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// The labels of the chapter "tree-kem".
const (
	labelKeyPackage    = "conclave/1 tree-kem key package"
	labelProposal      = "conclave/1 tree-kem proposal"
	labelReference     = "conclave/1 tree-kem reference"
	labelCommit        = "conclave/1 tree-kem commit"
	labelFirst         = "conclave/1 tree-kem first"
	labelNext          = "conclave/1 tree-kem next"
	labelGroupKey      = "conclave/1 tree-kem group key"
	labelAuthenticator = "conclave/1 tree-kem authenticator"
	labelConfirmation  = "conclave/1 tree-kem confirmation"
)

const (
	lastEpoch      = 0xffffffff
	maximumMembers = 1024
)

// Member is a member: its leaf, its user, the key that its signatures are verified with, and that of its leaf.
type Member struct {
	Leaf       uint64   `wire:"leaf" range:"0..65535"`
	User       string   `wire:"user" text:"1..64"`
	SigningKey wire.Key `wire:"signingKey"`
	Key        wire.Key `wire:"key"`
}

// KeyPackage is a symbolic key package.
type KeyPackage struct {
	User       string         `wire:"user" text:"1..64"`
	SigningKey wire.Key       `wire:"signingKey"`
	Key        wire.Key       `wire:"key"`
	Signature  wire.Signature `wire:"signature"`
}

// TreeProposal is a symbolic proposal: a TreeAdd, TreeUpdate or TreeRemove.
type TreeProposal interface {
	head() (group wire.ID, epoch, author uint64)
	signature() wire.Signature
	// admitted is the proposal as it is remembered.
	admitted(ref wire.Key, proposal []byte) Admitted
}

// TreeAdd adds a user.
type TreeAdd struct {
	_          struct{}       `kind:"1" name:"symbolic-add"`
	Group      wire.ID        `wire:"group"`
	Epoch      uint64         `wire:"epoch" range:"0..4294967295"`
	Author     uint64         `wire:"author" range:"0..65535"`
	Nonce      wire.Key       `wire:"nonce"`
	KeyPackage KeyPackage     `wire:"keyPackage"`
	Signature  wire.Signature `wire:"signature"`
}

// TreeUpdate updates its author.
type TreeUpdate struct {
	_         struct{}       `kind:"2" name:"symbolic-update"`
	Group     wire.ID        `wire:"group"`
	Epoch     uint64         `wire:"epoch" range:"0..4294967295"`
	Author    uint64         `wire:"author" range:"0..65535"`
	Key       wire.Key       `wire:"key"`
	Signature wire.Signature `wire:"signature"`
}

// TreeRemove removes a leaf.
type TreeRemove struct {
	_         struct{}       `kind:"3" name:"symbolic-remove"`
	Group     wire.ID        `wire:"group"`
	Epoch     uint64         `wire:"epoch" range:"0..4294967295"`
	Author    uint64         `wire:"author" range:"0..65535"`
	Nonce     wire.Key       `wire:"nonce"`
	Leaf      uint64         `wire:"leaf" range:"0..65535"`
	Signature wire.Signature `wire:"signature"`
}

func (p TreeAdd) head() (wire.ID, uint64, uint64)    { return p.Group, p.Epoch, p.Author }
func (p TreeUpdate) head() (wire.ID, uint64, uint64) { return p.Group, p.Epoch, p.Author }
func (p TreeRemove) head() (wire.ID, uint64, uint64) { return p.Group, p.Epoch, p.Author }

func (p TreeAdd) signature() wire.Signature    { return p.Signature }
func (p TreeUpdate) signature() wire.Signature { return p.Signature }
func (p TreeRemove) signature() wire.Signature { return p.Signature }

func (p TreeAdd) admitted(ref wire.Key, proposal []byte) Admitted {
	return AdmittedAdd{
		Ref: ref, Author: p.Author, Proposal: proposal, User: p.KeyPackage.User, SigningKey: p.KeyPackage.SigningKey,
		Key: p.KeyPackage.Key,
	}
}

func (p TreeUpdate) admitted(ref wire.Key, proposal []byte) Admitted {
	return AdmittedUpdate{Ref: ref, Author: p.Author, Proposal: proposal, Key: p.Key}
}

func (p TreeRemove) admitted(ref wire.Key, proposal []byte) Admitted {
	return AdmittedRemove{Ref: ref, Author: p.Author, Proposal: proposal, Leaf: p.Leaf}
}

// TreeCommit is a symbolic commit.
type TreeCommit struct {
	_            struct{}       `kind:"4" name:"symbolic-commit"`
	Group        wire.ID        `wire:"group"`
	Epoch        uint64         `wire:"epoch" range:"0..4294967295"`
	Author       uint64         `wire:"author" range:"0..65535"`
	References   []wire.Key     `wire:"references" count:"0..4096"`
	Key          *wire.Key      `wire:"key"`
	Unreadable   []uint64       `wire:"unreadable" range:"0..65535" count:"0..65536"`
	Confirmation wire.Key       `wire:"confirmation"`
	Signature    wire.Signature `wire:"signature"`
}

// TreeWelcome is a symbolic welcome.
type TreeWelcome struct {
	_           struct{}     `kind:"5" name:"symbolic-welcome"`
	Group       wire.ID      `wire:"group"`
	Epoch       uint64       `wire:"epoch" range:"0..4294967295"`
	KeyPackages []KeyPackage `wire:"keyPackages" count:"1..4096"`
	Members     []Member     `wire:"members" count:"1..65536"`
	Secret      wire.Key     `wire:"secret"`
}

// Admitted is a proposal that was admitted: an AdmittedAdd, AdmittedUpdate or AdmittedRemove.
type Admitted interface {
	reference() wire.Key
	author() uint64
	bytes() []byte
	// rank is the place of its kind in a selection.
	rank() int
	// touches is the leaf that is updated or removed, if any.
	touches() (uint64, bool)
	// keys are those that it brings.
	keys() []wire.Key
}

// AdmittedAdd adds a user.
type AdmittedAdd struct {
	_          struct{} `kind:"1" name:"admitted-add"`
	Ref        wire.Key `wire:"ref"`
	Author     uint64   `wire:"author" range:"0..65535"`
	Proposal   []byte   `wire:"proposal" size:"1..1048576"`
	User       string   `wire:"user" text:"1..64"`
	SigningKey wire.Key `wire:"signingKey"`
	Key        wire.Key `wire:"key"`
}

// AdmittedUpdate updates its author.
type AdmittedUpdate struct {
	_        struct{} `kind:"2" name:"admitted-update"`
	Ref      wire.Key `wire:"ref"`
	Author   uint64   `wire:"author" range:"0..65535"`
	Proposal []byte   `wire:"proposal" size:"1..1048576"`
	Key      wire.Key `wire:"key"`
}

// AdmittedRemove removes a leaf.
type AdmittedRemove struct {
	_        struct{} `kind:"3" name:"admitted-remove"`
	Ref      wire.Key `wire:"ref"`
	Author   uint64   `wire:"author" range:"0..65535"`
	Proposal []byte   `wire:"proposal" size:"1..1048576"`
	Leaf     uint64   `wire:"leaf" range:"0..65535"`
}

func (a AdmittedAdd) reference() wire.Key    { return a.Ref }
func (a AdmittedUpdate) reference() wire.Key { return a.Ref }
func (a AdmittedRemove) reference() wire.Key { return a.Ref }

func (a AdmittedAdd) author() uint64    { return a.Author }
func (a AdmittedUpdate) author() uint64 { return a.Author }
func (a AdmittedRemove) author() uint64 { return a.Author }

func (a AdmittedAdd) bytes() []byte    { return a.Proposal }
func (a AdmittedUpdate) bytes() []byte { return a.Proposal }
func (a AdmittedRemove) bytes() []byte { return a.Proposal }

func (AdmittedRemove) rank() int { return 0 }
func (AdmittedUpdate) rank() int { return 1 }
func (AdmittedAdd) rank() int    { return 2 }

func (AdmittedAdd) touches() (uint64, bool)      { return 0, false }
func (a AdmittedUpdate) touches() (uint64, bool) { return a.Author, true }
func (a AdmittedRemove) touches() (uint64, bool) { return a.Leaf, true }

func (a AdmittedAdd) keys() []wire.Key    { return []wire.Key{a.SigningKey, a.Key} }
func (a AdmittedUpdate) keys() []wire.Key { return []wire.Key{a.Key} }
func (AdmittedRemove) keys() []wire.Key   { return nil }

func init() {
	wire.RegisterUnion[TreeProposal](TreeAdd{}, TreeUpdate{}, TreeRemove{})
	wire.RegisterUnion[Admitted](AdmittedAdd{}, AdmittedUpdate{}, AdmittedRemove{})
}

// Outside is somebody who is in no group yet.
type Outside struct {
	User             string
	SigningSecretKey wire.Key
	KeyPackage       []byte
}

// Group is the state of a member. Members are in ascending order of their leaves, proposals in the order in which they
// were admitted.
type Group struct {
	Group            wire.ID
	Epoch            uint64
	Me               uint64
	Members          []Member
	GroupKey         wire.Key
	Authenticator    wire.Key
	SigningSecretKey wire.Key
	Proposals        []Admitted
	Draws            uint64
	Secret           wire.Key
}

func refuse(clause string) error { return verdict.Refuse(clause, "") }

func malformed(clause string) error { return wire.Malformed{Clause: clause} }

func hash(elements ...any) wire.Key { return primitives.SHA256(wire.CBOR(elements...)) }

// elementsBeforeSignature are those of a message that its signature covers.
func elementsBeforeSignature(message any) []any {
	elements := wire.Fields(message).([]any)
	return elements[:len(elements)-1]
}

// signedTree is what the signature of a symbolic message covers.
func signedTree(label string, message any) []byte {
	return wire.CBOR(append([]any{label}, elementsBeforeSignature(message)...)...)
}

// decodeTree decodes a message of the back end.
func decodeTree[T any](input []byte) (T, error) {
	message, err := wire.Decode[T](input)
	if err != nil {
		return message, malformed("tree-kem.message")
	}
	return message, nil
}

func (k KeyPackage) isSigned() bool {
	return primitives.Verify(k.SigningKey, signedTree(labelKeyPackage, k), k.Signature)
}

// newOutside makes a key package of a user (tree-kem.init).
func newOutside(seed wire.Key, user string, number uint64) *Outside {
	secret := primitives.DrawKey(seed, fmt.Sprintf("tree-kem/init/%d", number))
	keyPackage := KeyPackage{User: user, SigningKey: primitives.Ed25519Public(secret), Key: hash(labelFirst, secret[:])}
	keyPackage.Signature = primitives.Sign(secret, signedTree(labelKeyPackage, keyPackage))
	return &Outside{user, secret, wire.Encode(keyPackage)}
}

// found founds a group (tree-kem.found).
func (o *Outside) found(group wire.ID) (*Group, error) {
	keyPackage, err := decodeTree[KeyPackage](o.KeyPackage)
	if err != nil {
		return nil, err
	}
	state := &Group{Group: group, SigningSecretKey: o.SigningSecretKey}
	state.Members = []Member{{0, o.User, keyPackage.SigningKey, keyPackage.Key}}
	state.setSecret(hash(labelFirst, group[:], o.KeyPackage))
	return state, nil
}

func (g *Group) setSecret(secret wire.Key) {
	g.Secret = secret
	g.GroupKey = hash(labelGroupKey, secret[:])
	g.Authenticator = hash(labelAuthenticator, secret[:])
}

// draw draws for an operation of ours, and counts the draw.
func (g *Group) draw(seed wire.Key) wire.Key {
	drawn := primitives.DrawKey(seed, fmt.Sprintf("tree-kem/operation/%s/%d/%d", g.Group, g.Epoch, g.Draws))
	g.Draws++
	return drawn
}

// member is the one on a leaf, or nil.
func (g *Group) member(leaf uint64) *Member {
	at, ok := slices.BinarySearchFunc(g.Members, leaf, func(member Member, leaf uint64) int { return cmp.Compare(member.Leaf, leaf) })
	if !ok {
		return nil
	}
	return &g.Members[at]
}

// leafOf is the leaf of a user, and whether it is a member.
func (g *Group) leafOf(user string) (uint64, bool) {
	for _, member := range g.Members {
		if member.User == user {
			return member.Leaf, true
		}
	}
	return 0, false
}

// find is the proposal with a reference that was admitted, or nil.
func (g *Group) find(ref wire.Key) Admitted {
	for _, proposal := range g.Proposals {
		if proposal.reference() == ref {
			return proposal
		}
	}
	return nil
}

func (g *Group) proposeAdd(seed wire.Key, keyPackage []byte) ([]byte, error) {
	added, err := decodeTree[KeyPackage](keyPackage)
	if err != nil {
		return nil, err
	}
	if !added.isSigned() {
		return nil, refuse("tree-kem.key-package")
	}
	proposal := TreeAdd{Group: g.Group, Epoch: g.Epoch, Author: g.Me, Nonce: g.draw(seed), KeyPackage: added}
	proposal.Signature = primitives.Sign(g.SigningSecretKey, signedTree(labelProposal, proposal))
	return wire.Encode(proposal), nil
}

func (g *Group) proposeRemove(seed wire.Key, leaf uint64) ([]byte, error) {
	if g.member(leaf) == nil {
		return nil, refuse("tree-kem.removes-member")
	}
	proposal := TreeRemove{Group: g.Group, Epoch: g.Epoch, Author: g.Me, Nonce: g.draw(seed), Leaf: leaf}
	proposal.Signature = primitives.Sign(g.SigningSecretKey, signedTree(labelProposal, proposal))
	return wire.Encode(proposal), nil
}

func (g *Group) proposeUpdate(seed wire.Key) []byte {
	proposal := TreeUpdate{Group: g.Group, Epoch: g.Epoch, Author: g.Me, Key: g.draw(seed)}
	proposal.Signature = primitives.Sign(g.SigningSecretKey, signedTree(labelProposal, proposal))
	return wire.Encode(proposal)
}

// readMessage is what can be read of a proposal or commit without being a member.
type readMessage struct {
	group         []byte
	epoch, author uint64
}

// readProposal reads a proposal of either back end (tree-kem.read-proposal).
func readProposal(proposal []byte) (readMessage, wire.Key, error) {
	if isMLS(proposal) {
		return readMLSProposal(proposal)
	}
	read, err := decodeTree[TreeProposal](proposal)
	if err != nil {
		return readMessage{}, wire.Key{}, err
	}
	group, epoch, author := read.head()
	return readMessage{group[:], epoch, author}, hash(labelReference, proposal), nil
}

// readCommit reads a symbolic commit (tree-kem.read-commit).
func readCommit(commit []byte) (TreeCommit, error) {
	read, err := decodeTree[TreeCommit](commit)
	if err != nil {
		return read, err
	}
	if !distinct.Are(read.References) {
		return read, refuse("tree-kem.by-reference")
	}
	return read, nil
}

// hasKey says whether one of the keys is a member's.
func (g *Group) hasKey(keys []wire.Key) bool {
	return slices.ContainsFunc(g.Members, func(member Member) bool {
		return slices.Contains(keys, member.SigningKey) || slices.Contains(keys, member.Key)
	})
}

// admit checks and remembers a proposal (tree-kem.admit).
func (g *Group) admit(proposal []byte) (Admitted, error) {
	read, err := decodeTree[TreeProposal](proposal)
	if err != nil {
		return nil, err
	}
	group, epoch, author := read.head()
	if group != g.Group {
		return nil, refuse("tree-kem.group")
	}
	if epoch != g.Epoch {
		return nil, refuse("tree-kem.epoch")
	}
	ref := hash(labelReference, proposal)
	if g.find(ref) != nil {
		return nil, verdict.Ignored{}
	}
	member := g.member(author)
	if member == nil {
		return nil, refuse("tree-kem.author")
	}
	if !primitives.Verify(member.SigningKey, signedTree(labelProposal, read), read.signature()) {
		return nil, refuse("tree-kem.signature")
	}
	admitted := read.admitted(ref, proposal)
	if g.hasKey(admitted.keys()) {
		return nil, refuse("tree-kem.fresh-keys")
	}
	if add, ok := read.(TreeAdd); ok && !add.KeyPackage.isSigned() {
		return nil, refuse("tree-kem.key-package")
	}
	if remove, ok := read.(TreeRemove); ok && g.member(remove.Leaf) == nil {
		return nil, refuse("tree-kem.removes-member")
	}
	g.Proposals = append(g.Proposals, admitted)
	return admitted, nil
}

// keep remembers a proposal that cannot be checked (tree-kem.keep).
func (g *Group) keep(proposal []byte) error {
	read, err := decodeTree[TreeProposal](proposal)
	if err != nil {
		return err
	}
	if ref := hash(labelReference, proposal); g.find(ref) == nil {
		g.Proposals = append(g.Proposals, read.admitted(ref, proposal))
	}
	return nil
}

// isConflict says whether proposals cannot be committed together by a committer (definition `conflict`).
func isConflict(proposals []Admitted, committer uint64, members []Member) bool {
	var leaves, removed []uint64
	var users []string
	var keys []wire.Key
	for _, proposal := range proposals {
		if leaf, ok := proposal.touches(); ok {
			leaves = append(leaves, leaf)
		}
		switch proposal := proposal.(type) {
		case AdmittedAdd:
			users = append(users, proposal.User)
		case AdmittedRemove:
			removed = append(removed, proposal.Leaf)
		}
		keys = append(keys, proposal.keys()...)
	}
	if slices.Contains(leaves, committer) || !distinct.Are(leaves) || !distinct.Are(users) || !distinct.Are(keys) {
		return true
	}
	stays := func(member Member) bool {
		return slices.Contains(users, member.User) && !slices.Contains(removed, member.Leaf)
	}
	return slices.ContainsFunc(members, stays) || len(members)-len(removed)+len(users) > maximumMembers
}

func byReference(a, b Admitted) int { return compareKeys(a.reference(), b.reference()) }

func compareKeys(a, b wire.Key) int { return bytes.Compare(a[:], b[:]) }

// selectionOf are the proposals that a committer commits when it is not told which (definition `selection`).
func selectionOf(proposals []Admitted, committer uint64, members []Member) []Admitted {
	ranked := slices.Clone(proposals)
	slices.SortStableFunc(ranked, func(a, b Admitted) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), byReference(a, b)) })
	taken := []Admitted{}
	for _, proposal := range ranked {
		if more := append(slices.Clip(taken), proposal); !isConflict(more, committer, members) {
			taken = more
		}
	}
	slices.SortStableFunc(taken, byReference)
	return taken
}

func references(proposals []Admitted) []wire.Key {
	refs := []wire.Key{}
	for _, proposal := range proposals {
		refs = append(refs, proposal.reference())
	}
	return refs
}

// named are the proposals with these references, in this order; nil when one was not admitted.
func (g *Group) named(refs []wire.Key) []Admitted {
	proposals := []Admitted{}
	for _, ref := range refs {
		proposal := g.find(ref)
		if proposal == nil {
			return nil
		}
		proposals = append(proposals, proposal)
	}
	return proposals
}

func onlyAdds(proposals []Admitted) bool {
	for _, proposal := range proposals {
		if _, ok := proposal.(AdmittedAdd); !ok {
			return false
		}
	}
	return len(proposals) > 0
}

// committed is a commit, the welcome if it adds somebody, and the state after it.
type committed struct {
	commit, welcome []byte
	next            *Group
}

// commit commits these proposals, or the selection when refs is nil (tree-kem.commit).
func (g *Group) commit(seed wire.Key, refs []wire.Key) (committed, error) {
	if g.Epoch == lastEpoch {
		return committed{}, refuse("tree-kem.epoch")
	}
	if refs == nil {
		refs = references(selectionOf(g.Proposals, g.Me, g.Members))
	}
	if !distinct.Are(refs) {
		return committed{}, refuse("tree-kem.by-reference")
	}
	proposals := g.named(refs)
	if proposals == nil {
		return committed{}, refuse("tree-kem.known")
	}
	if isConflict(proposals, g.Me, g.Members) {
		return committed{}, refuse("tree-kem.conflict")
	}
	slices.SortFunc(proposals, byReference)
	commit := TreeCommit{Group: g.Group, Epoch: g.Epoch, Author: g.Me, References: references(proposals)}
	if drawn := g.draw(seed); !onlyAdds(proposals) {
		commit.Key = &drawn
	}
	secret := g.nextSecret(&commit)
	commit.Confirmation = confirmation(secret)
	commit.Signature = primitives.Sign(g.SigningSecretKey, signedTree(labelCommit, commit))
	next := g.after(&commit, proposals)
	next.setSecret(secret)
	welcome, err := next.welcome(proposals)
	return committed{wire.Encode(commit), welcome, next}, err
}

func confirmation(secret wire.Key) wire.Key { return hash(labelConfirmation, secret[:]) }

func (g *Group) nextSecret(commit *TreeCommit) wire.Key {
	refs := []any{}
	for _, ref := range commit.References {
		refs = append(refs, ref[:])
	}
	var key any
	if commit.Key != nil {
		key = commit.Key[:]
	}
	return hash(labelNext, g.Secret[:], commit.Group[:], commit.Epoch, commit.Author, refs, key)
}

// after is the state after a commit of these proposals, but for its secrets.
func (g *Group) after(commit *TreeCommit, proposals []Admitted) *Group {
	next := *g
	next.Epoch++
	next.Proposals = nil
	next.Members = slices.Clone(g.Members)
	setKey := func(leaf uint64, key wire.Key) {
		if member := next.member(leaf); member != nil {
			member.Key = key
		}
	}
	for _, proposal := range proposals {
		if update, ok := proposal.(AdmittedUpdate); ok {
			setKey(update.Author, update.Key)
		}
	}
	for _, proposal := range proposals {
		if remove, ok := proposal.(AdmittedRemove); ok {
			next.Members = slices.DeleteFunc(next.Members, func(member Member) bool { return member.Leaf == remove.Leaf })
		}
	}
	for _, proposal := range proposals {
		if add, ok := proposal.(AdmittedAdd); ok {
			leaf := next.freeLeaf()
			next.Members = slices.Insert(next.Members, int(leaf), Member{leaf, add.User, add.SigningKey, add.Key})
		}
	}
	if commit.Key != nil {
		setKey(commit.Author, *commit.Key)
	}
	return &next
}

// freeLeaf is the lowest leaf that is free. All lower ones are taken, so it is also the place of its member.
func (g *Group) freeLeaf() uint64 {
	for i, member := range g.Members {
		if member.Leaf != uint64(i) {
			return uint64(i)
		}
	}
	return uint64(len(g.Members))
}

// welcome is the welcome to this epoch for those whom the proposals add, nil if there are none.
func (g *Group) welcome(proposals []Admitted) ([]byte, error) {
	welcome := TreeWelcome{Group: g.Group, Epoch: g.Epoch, Members: g.Members, Secret: g.Secret}
	for _, proposal := range proposals {
		add, err := decodeTree[TreeProposal](proposal.bytes())
		if err != nil {
			return nil, err
		}
		if add, ok := add.(TreeAdd); ok {
			welcome.KeyPackages = append(welcome.KeyPackages, add.KeyPackage)
		}
	}
	if welcome.KeyPackages == nil {
		return nil, nil
	}
	return wire.Encode(welcome), nil
}

// process gives the state after a commit, or says that it removes us (tree-kem.process).
func (g *Group) process(input []byte) (next *Group, isRemoved bool, err error) {
	commit, err := readCommit(input)
	if err != nil {
		return nil, false, err
	}
	if err := g.checkEpoch(&commit); err != nil {
		return nil, false, err
	}
	author := g.member(commit.Author)
	if author == nil {
		return nil, false, refuse("tree-kem.author")
	}
	if commit.Author == g.Me {
		return nil, false, refuse("tree-kem.own-commit")
	}
	if !primitives.Verify(author.SigningKey, signedTree(labelCommit, commit), commit.Signature) {
		return nil, false, refuse("tree-kem.signature")
	}
	proposals := g.named(commit.References)
	if proposals == nil {
		return nil, false, refuse("tree-kem.known")
	}
	if isConflict(proposals, commit.Author, g.Members) {
		return nil, false, refuse("tree-kem.conflict")
	}
	if commit.Key == nil && !onlyAdds(proposals) {
		return nil, false, refuse("tree-kem.path")
	}
	if commit.Key != nil && g.isUsed(*commit.Key, proposals) {
		return nil, false, refuse("tree-kem.fresh-keys")
	}
	next = g.after(&commit, proposals)
	if g.isRemovedBy(proposals) {
		return nil, true, nil
	}
	secret := g.nextSecret(&commit)
	if slices.Contains(commit.Unreadable, g.Me) || commit.Confirmation != confirmation(secret) {
		return nil, false, refuse("tree-kem.decrypts")
	}
	next.setSecret(secret)
	return next, false, nil
}

func (g *Group) checkEpoch(commit *TreeCommit) error {
	if commit.Group != g.Group {
		return refuse("tree-kem.group")
	}
	if commit.Epoch != g.Epoch || commit.Epoch == lastEpoch {
		return refuse("tree-kem.epoch")
	}
	return nil
}

// isUsed says whether a key is a member's, or one of the proposals brings it.
func (g *Group) isUsed(key wire.Key, proposals []Admitted) bool {
	return g.hasKey([]wire.Key{key}) ||
		slices.ContainsFunc(proposals, func(proposal Admitted) bool { return slices.Contains(proposal.keys(), key) })
}

func (g *Group) isRemovedBy(proposals []Admitted) bool {
	return slices.ContainsFunc(proposals, func(proposal Admitted) bool {
		remove, ok := proposal.(AdmittedRemove)
		return ok && remove.Leaf == g.Me
	})
}

// follow gives the state after a commit that cannot be processed, whose secrets are unknown, or says that it removes us
// (tree-kem.follow).
func (g *Group) follow(input []byte) (next *Group, isRemoved bool, err error) {
	commit, err := readCommit(input)
	if err != nil {
		return nil, false, err
	}
	if err := g.checkEpoch(&commit); err != nil {
		return nil, false, err
	}
	proposals := g.named(commit.References)
	if proposals == nil {
		return nil, false, refuse("tree-kem.known")
	}
	next = g.after(&commit, proposals)
	before, after := g.member(g.Me), next.member(g.Me)
	if before == nil || after == nil || before.SigningKey != after.SigningKey {
		return nil, true, nil
	}
	return next, false, nil
}

// join gives the state of a new member (tree-kem.join).
func (o *Outside) join(input []byte) (*Group, error) {
	welcome, err := decodeTree[TreeWelcome](input)
	if err != nil {
		return nil, err
	}
	keyPackage, err := decodeTree[KeyPackage](o.KeyPackage)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(welcome.Members, func(member Member) bool {
		return member.User == keyPackage.User && member.SigningKey == keyPackage.SigningKey && member.Key == keyPackage.Key
	})
	if at < 0 || !slices.Contains(welcome.KeyPackages, keyPackage) || !areMembers(welcome.Members) {
		return nil, refuse("tree-kem.welcome")
	}
	state := &Group{
		Group: welcome.Group, Epoch: welcome.Epoch, Me: welcome.Members[at].Leaf, Members: welcome.Members,
		SigningSecretKey: o.SigningSecretKey,
	}
	state.setSecret(welcome.Secret)
	return state, nil
}

// areMembers says whether members stand in ascending order of their leaves, each user once, and are not too many.
func areMembers(members []Member) bool {
	users := []string{}
	for i, member := range members {
		if i > 0 && member.Leaf <= members[i-1].Leaf {
			return false
		}
		users = append(users, member.User)
	}
	return distinct.Are(users) && len(members) <= maximumMembers
}

// rejoin gives the state of one who is stuck and has made a key package to come back with, after a commit and its welcome
// (tree-kem.rejoin).
func (g *Group) rejoin(returning *Outside, input, welcome []byte) (*Group, error) {
	if welcome == nil {
		return nil, refuse("tree-kem.welcome")
	}
	state, err := returning.join(welcome)
	if err != nil {
		return nil, err
	}
	commit, err := readCommit(input)
	if err != nil {
		return nil, err
	}
	if state.Group != g.Group || state.Epoch != g.Epoch+1 || confirmation(state.Secret) != commit.Confirmation {
		return nil, refuse("tree-kem.welcome")
	}
	return state, nil
}

// readAnyCommit reads a commit of either back end (tree-kem.read-commit).
func readAnyCommit(commit []byte) (readMessage, []wire.Key, error) {
	if isMLS(commit) {
		return readMLSCommit(commit)
	}
	read, err := readCommit(commit)
	return readMessage{read.Group[:], read.Epoch, read.Author}, read.References, err
}
