package delivery

import (
	"cmp"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

const labelStatement = "conclave/1 delivery statement"

// The kinds of statements.
const (
	kindWitness = 0
	kindReady   = 1
)

// Bounds of the chapter "cooperation".
const (
	maximumBranches = 2
	maximumChain    = 4
)

// Voter is a member that votes, with its leaf signature key.
type Voter struct {
	Leaf uint64   `wire:"leaf" range:"0..65535"`
	Key  wire.Key `wire:"key"`
}

// Electorate are those who vote in an epoch.
type Electorate struct {
	Group       wire.ID `wire:"group"`
	Epoch       uint64  `wire:"epoch" range:"0..4294967295"`
	Voters      []Voter `wire:"voters" count:"1..1024"`
	Faults      uint64  `wire:"faults" range:"0..1024"`
	Sensitivity uint64  `wire:"sensitivity" range:"1..1024"`
	FastPath    uint64  `wire:"fastPath" range:"0..1"`
}

// Statement is a Witness or a Ready.
type Statement interface{ content() statementContent }

// Witness says: I saw this value and found it valid.
type Witness struct {
	_         struct{}       `kind:"0" name:"witness"`
	Signer    uint64         `wire:"signer" range:"0..65535"`
	Seq       uint64         `wire:"seq" range:"0..16383"`
	Ref       wire.Key       `wire:"ref"`
	Signature wire.Signature `wire:"signature"`
}

// Ready says: enough have witnessed this value.
type Ready struct {
	_         struct{}       `kind:"1" name:"ready"`
	Signer    uint64         `wire:"signer" range:"0..65535"`
	Seq       uint64         `wire:"seq" range:"0..16383"`
	Ref       wire.Key       `wire:"ref"`
	Signature wire.Signature `wire:"signature"`
}

func init() { wire.RegisterUnion[Statement](Witness{}, Ready{}) }

// statementContent is what a statement says, without its signature.
type statementContent struct {
	signer, seq, kind uint64
	ref               wire.Key
}

func (w Witness) content() statementContent {
	return statementContent{w.Signer, w.Seq, kindWitness, w.Ref}
}

func (r Ready) content() statementContent { return statementContent{r.Signer, r.Seq, kindReady, r.Ref} }

func signatureOf(statement Statement) wire.Signature {
	if witness, ok := statement.(Witness); ok {
		return witness.Signature
	}
	return statement.(Ready).Signature
}

// statement is the statement with this content and signature.
func (c statementContent) statement(signature wire.Signature) Statement {
	if c.kind == kindWitness {
		return Witness{Signer: c.signer, Seq: c.seq, Ref: c.ref, Signature: signature}
	}
	return Ready{Signer: c.signer, Seq: c.seq, Ref: c.ref, Signature: signature}
}

func compareStatements(a, b Statement) int {
	x, y := a.content(), b.content()
	return cmp.Or(cmp.Compare(x.signer, y.signer), cmp.Compare(x.seq, y.seq), cmp.Compare(x.kind, y.kind), compareKeys(x.ref, y.ref))
}

// Chain has statements of one signer.
type Chain = []Statement

// Certificate has chains that end with READY of one value.
type Certificate = []Chain

// size is how many voters there are.
func (e *Electorate) size() int { return len(e.Voters) }

func (e *Electorate) faults() int { return int(e.Faults) }

// quorum is n - t.
func (e *Electorate) quorum() int { return e.size() - e.faults() }

func (e *Electorate) witnessQuorum() int { return 2*e.faults() + int(e.Sensitivity) }

func (e *Electorate) gate() int { return (e.size()+e.faults())/2 + 1 }

// key is the key of the voter on a leaf, and whether there is one.
func (e *Electorate) key(leaf uint64) (wire.Key, bool) {
	at, ok := slices.BinarySearchFunc(e.Voters, leaf, func(voter Voter, leaf uint64) int { return cmp.Compare(voter.Leaf, leaf) })
	if !ok {
		return wire.Key{}, false
	}
	return e.Voters[at].Key, true
}

// isSigned says whether a message is signed by the voter on a leaf.
func (e *Electorate) isSigned(leaf uint64, message []byte, signature wire.Signature) bool {
	key, ok := e.key(leaf)
	return ok && primitives.Verify(key, message, signature)
}

// others are the leaves of the other voters.
func (e *Electorate) others(me uint64) []uint64 {
	var others []uint64
	for _, voter := range e.Voters {
		if voter.Leaf != me {
			others = append(others, voter.Leaf)
		}
	}
	return others
}

// check checks that there can be such an electorate (step 1 of cooperation.open).
func (e *Electorate) check() error {
	leaves := []uint64{}
	for _, voter := range e.Voters {
		leaves = append(leaves, voter.Leaf)
	}
	n, t := e.size(), e.faults()
	if !slices.IsSorted(leaves) || !distinct.Are(leaves) || n < 3*t+int(e.Sensitivity) || e.FastPath == 1 && n <= 5*t {
		return refuse("cooperation.electorate")
	}
	return nil
}

// usualFaults is how many faulty members a group of n tolerates, unless an application says otherwise.
func usualFaults(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return (n - 1) / 3
}

// unlockThreshold is θ, when so many values are witnessed.
func unlockThreshold(n, t, values int) int {
	return max(1, min(n-(values+1)*t, (n-t+values-1)/values))
}

func (e *Electorate) statementInput(instance uint64, content statementContent) []byte {
	return wire.CBOR(labelStatement, e.Group[:], e.Epoch, instance, content.signer, content.seq, content.kind, content.ref[:])
}

// Cooperation is the state of one member in one instance. Candidates is nil before the first acceptance; Accepted is in
// the order of acceptance, the other lists of refs ascend.
type Cooperation struct {
	Electorate Electorate
	Instance   uint64
	Me         uint64
	SecretKey  wire.Key
	Statements []Statement
	Known      []wire.Key
	Valid      []wire.Key
	Accepted   []wire.Key
	Candidates *[]wire.Key
	Relaxed    bool
	// Signed is what the last operation has signed.
	Signed []Statement
}

// openCooperation does cooperation.open.
func openCooperation(electorate Electorate, instance, me uint64, secretKey wire.Key) (*Cooperation, error) {
	if err := electorate.check(); err != nil {
		return nil, err
	}
	return &Cooperation{Electorate: electorate, Instance: instance, Me: me, SecretKey: secretKey}, nil
}

// insert adds a ref to an ascending list, once.
func insert(list []wire.Key, ref wire.Key) []wire.Key {
	at, ok := slices.BinarySearchFunc(list, ref, compareKeys)
	if ok {
		return list
	}
	return slices.Insert(list, at, ref)
}

// tally is what counts of the statements held.
type tally struct {
	// linked are the linked statements.
	linked []Statement
	// witnesses are W, for each value that is witnessed; ready are R.
	witnesses, ready map[wire.Key]map[uint64]bool
	// spoken are P.
	spoken map[uint64]bool
}

// count counts the statements held (chapter "cooperation", "Statements").
func (c *Cooperation) count() tally {
	type place struct{ signer, seq uint64 }
	held := map[place]int{}
	exposed := map[uint64]bool{}
	for _, statement := range c.Statements {
		content := statement.content()
		at := place{content.signer, content.seq}
		held[at]++
		if held[at] > 1 {
			exposed[content.signer] = true
		}
	}
	firstMissing := map[uint64]uint64{}
	for at := range held {
		for seq := firstMissing[at.signer]; held[place{at.signer, seq}] > 0; seq++ {
			firstMissing[at.signer] = seq + 1
		}
	}
	counted := tally{nil, map[wire.Key]map[uint64]bool{}, map[wire.Key]map[uint64]bool{}, map[uint64]bool{}}
	note := func(table map[wire.Key]map[uint64]bool, content statementContent) {
		if table[content.ref] == nil {
			table[content.ref] = map[uint64]bool{}
		}
		table[content.ref][content.signer] = true
	}
	for _, statement := range c.Statements {
		content := statement.content()
		if content.seq >= firstMissing[content.signer] {
			continue
		}
		counted.linked = append(counted.linked, statement)
		counted.spoken[content.signer] = true
		if content.kind == kindWitness {
			note(counted.witnesses, content)
		} else {
			note(counted.ready, content)
		}
	}
	for signer := range exposed {
		counted.spoken[signer] = true
		for _, signers := range counted.witnesses {
			signers[signer] = true
		}
	}
	return counted
}

// has says whether a linked statement of a signer is of this kind and value.
func (t *tally) has(signer, kind uint64, ref wire.Key) bool {
	return slices.ContainsFunc(t.linked, func(statement Statement) bool {
		content := statement.content()
		return content.signer == signer && content.kind == kind && content.ref == ref
	})
}

// isReady says whether a linked READY of a signer, of any value, is there.
func (t *tally) isReady(signer uint64) bool {
	for _, signers := range t.ready {
		if signers[signer] {
			return true
		}
	}
	return false
}

// hasSpoken says whether a linked statement of a signer is there.
func (t *tally) hasSpoken(signer uint64) bool {
	return slices.ContainsFunc(t.linked, func(statement Statement) bool { return statement.content().signer == signer })
}

// witnessed are the values that at least so many have witnessed, in ascending order.
func (t *tally) witnessed(least int) []wire.Key {
	refs := []wire.Key{}
	for ref, signers := range t.witnesses {
		if len(signers) >= least {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, compareKeys)
	return refs
}

// sign signs a statement.
func (c *Cooperation) sign(kind uint64, ref wire.Key) {
	used := map[uint64]bool{}
	for _, statement := range c.Statements {
		if content := statement.content(); content.signer == c.Me {
			used[content.seq] = true
		}
	}
	var seq uint64
	for used[seq] {
		seq++
	}
	content := statementContent{c.Me, seq, kind, ref}
	statement := content.statement(primitives.Sign(c.SecretKey, c.Electorate.statementInput(c.Instance, content)))
	c.Statements = append(c.Statements, statement)
	c.Signed = append(c.Signed, statement)
}

// ours is how many statements of ours are held.
func (c *Cooperation) ours() int {
	number := 0
	for _, statement := range c.Statements {
		if statement.content().signer == c.Me {
			number++
		}
	}
	return number
}

// propose does cooperation.propose.
func (c *Cooperation) propose(ref wire.Key) {
	c.Known, c.Valid = insert(c.Known, ref), insert(c.Valid, ref)
	if counted := c.count(); !counted.hasSpoken(c.Me) {
		c.sign(kindWitness, ref)
	}
	c.settle()
}

// learn does cooperation.learn.
func (c *Cooperation) learn(ref wire.Key) {
	c.Known = insert(c.Known, ref)
	c.settle()
}

// validate does cooperation.validate.
func (c *Cooperation) validate(ref wire.Key) {
	c.Known, c.Valid = insert(c.Known, ref), insert(c.Valid, ref)
	c.settle()
}

// relax does cooperation.relax.
func (c *Cooperation) relax() {
	c.Relaxed = true
	c.settle()
}

// receive does cooperation.receive.
func (c *Cooperation) receive(statements []Statement) error {
	seen := map[statementContent]bool{}
	for _, statement := range c.Statements {
		seen[statement.content()] = true
	}
	var left []Statement
	for _, statement := range statements {
		content := statement.content()
		if !seen[content] && content.seq < uint64(16*c.Electorate.size()) {
			left = append(left, statement)
		}
		seen[content] = true
	}
	if err := c.Electorate.checkSigned(c.Instance, left); err != nil {
		return err
	}
	for _, statement := range left {
		content := statement.content()
		branches := 0
		for _, held := range c.Statements {
			if other := held.content(); other.signer == content.signer && other.seq == content.seq {
				branches++
			}
		}
		if branches < maximumBranches {
			c.Statements = append(c.Statements, statement)
		}
	}
	c.settle()
	return nil
}

// checkSigned checks that statements are by voters, and then their signatures.
func (e *Electorate) checkSigned(instance uint64, statements []Statement) error {
	for _, statement := range statements {
		if _, ok := e.key(statement.content().signer); !ok {
			return refuse("cooperation.voter")
		}
	}
	for _, statement := range statements {
		content := statement.content()
		if !e.isSigned(content.signer, e.statementInput(instance, content), signatureOf(statement)) {
			return refuse("cooperation.signature")
		}
	}
	return nil
}

// settle does cooperation.settle.
func (c *Cooperation) settle() {
	for c.pass() {
	}
}

// pass does steps 4 to 10 of cooperation.settle, and says whether something has changed.
func (c *Cooperation) pass() bool {
	n := c.Electorate.size()
	signed, accepted := len(c.Signed), len(c.Accepted)
	counted := c.count()
	sign := func(kind uint64, ref wire.Key) {
		c.sign(kind, ref)
		counted = c.count()
	}
	if !counted.hasSpoken(c.Me) && len(c.Valid) > 0 {
		sign(kindWitness, c.Valid[0])
	}
	for _, ref := range counted.witnessed(c.Electorate.witnessQuorum()) {
		hasPassed := len(counted.witnessed(c.Electorate.gate())) > 0 || len(counted.ready[ref]) > 0
		if hasPassed && !counted.has(c.Me, kindReady, ref) && c.ours() < 16*n {
			sign(kindReady, ref)
		}
	}
	if c.Electorate.FastPath == 1 && len(counted.witnesses) == 1 {
		for _, ref := range counted.witnessed(c.Electorate.quorum()) {
			c.accept(&counted, ref)
		}
	}
	if c.mayUnlock() {
		for _, ref := range c.toUnlock(&counted) {
			_, isValid := slices.BinarySearchFunc(c.Valid, ref, compareKeys)
			if isValid && !counted.has(c.Me, kindWitness, ref) && c.ours() < 4*n {
				sign(kindWitness, ref)
			}
		}
	}
	for _, ref := range c.Known {
		if len(counted.ready[ref]) >= c.Electorate.quorum() {
			c.accept(&counted, ref)
		}
	}
	return len(c.Signed) > signed || len(c.Accepted) > accepted
}

// mayUnlock says whether we may unlock values (step 7 of cooperation.settle).
func (c *Cooperation) mayUnlock() bool {
	counted := c.count()
	return !counted.isReady(c.Me) && len(counted.spoken) >= c.Electorate.quorum()
}

// toUnlock are the values to be unlocked (step 8 of cooperation.settle).
func (c *Cooperation) toUnlock(counted *tally) []wire.Key {
	if c.Electorate.FastPath == 1 {
		if preferred := counted.witnessed(len(counted.spoken) - 2*c.Electorate.faults()); len(preferred) > 0 {
			return preferred
		}
	}
	if c.Relaxed {
		return slices.Clone(c.Valid)
	}
	if len(counted.witnesses) == 0 {
		return nil
	}
	return counted.witnessed(unlockThreshold(c.Electorate.size(), c.Electorate.faults(), len(counted.witnesses)))
}

// accept accepts a value that is known, unless it was accepted (steps 10 and 11 of cooperation.settle).
func (c *Cooperation) accept(counted *tally, ref wire.Key) {
	if _, isKnown := slices.BinarySearchFunc(c.Known, ref, compareKeys); !isKnown || slices.Contains(c.Accepted, ref) {
		return
	}
	if c.Candidates == nil {
		candidates := counted.witnessed(int(c.Electorate.Sensitivity))
		c.Candidates = &candidates
	}
	c.Accepted = append(c.Accepted, ref)
}

// sorted are the statements held, in ascending order of signer, number, kind and ref.
func (c *Cooperation) sorted() []Statement {
	return slices.SortedFunc(slices.Values(c.Statements), compareStatements)
}

// certify gives the certificate of a value, or nil, and whether it is unique (cooperation.certify).
func (c *Cooperation) certify(ref wire.Key) (certificate Certificate, isUnique bool) {
	counted := c.count()
	if len(counted.ready[ref]) < c.Electorate.quorum() {
		return nil, false
	}
	bySigner := map[uint64][]Statement{}
	for _, statement := range c.sorted() {
		signer := statement.content().signer
		bySigner[signer] = append(bySigner[signer], statement)
	}
	var all, short []Chain
	for signer := range counted.ready[ref] {
		chain := chainOf(bySigner[signer], ref)
		all = append(all, chain)
		if len(chain) <= maximumChain {
			short = append(short, chain)
		}
	}
	quorum := c.Electorate.quorum()
	if len(short) >= quorum {
		if best := bestChains(short, ref, quorum); mostWitnessed(best, ref) < int(c.Electorate.Sensitivity) {
			return best, true
		}
	}
	best := bestChains(all, ref, quorum)
	for i, chain := range best {
		best[i] = chain[len(chain)-1:]
	}
	return best, false
}

// chainOf is the chain of a signer up to its READY of a value, out of its statements in ascending order.
func chainOf(statements []Statement, ref wire.Key) Chain {
	var chain Chain
	end := slices.IndexFunc(statements, func(statement Statement) bool {
		content := statement.content()
		return content.kind == kindReady && content.ref == ref
	})
	last := statements[end].content().seq
	for _, statement := range statements {
		if seq := statement.content().seq; seq < last && seq == uint64(len(chain)) {
			chain = append(chain, statement)
		}
	}
	return append(chain, statements[end])
}

// otherValues are the values other than ref that are witnessed in a chain.
func otherValues(chain Chain, ref wire.Key) map[wire.Key]bool {
	values := map[wire.Key]bool{}
	for _, statement := range chain {
		if content := statement.content(); content.kind == kindWitness && content.ref != ref {
			values[content.ref] = true
		}
	}
	return values
}

func signerOf(chain Chain) uint64 { return chain[0].content().signer }

// bestChains are the best chains, so many, in ascending order of their leaves.
func bestChains(chains []Chain, ref wire.Key, number int) []Chain {
	bySigner := func(a, b Chain) int { return cmp.Compare(signerOf(a), signerOf(b)) }
	best := slices.Clone(chains)
	slices.SortFunc(best, func(a, b Chain) int {
		return cmp.Or(cmp.Compare(len(otherValues(a, ref)), len(otherValues(b, ref))), bySigner(a, b))
	})
	best = best[:number]
	slices.SortFunc(best, bySigner)
	return best
}

// mostWitnessed is in how many chains the value other than ref is witnessed that is witnessed most.
func mostWitnessed(chains []Chain, ref wire.Key) int {
	number, most := map[wire.Key]int{}, 0
	for _, chain := range chains {
		for value := range otherValues(chain, ref) {
			number[value]++
			most = max(most, number[value])
		}
	}
	return most
}

// verifyCertificate does cooperation.verify.
func (e *Electorate) verifyCertificate(instance uint64, certificate Certificate, ref wire.Key) error {
	if err := e.check(); err != nil {
		return err
	}
	signers := []uint64{}
	for _, chain := range certificate {
		signers = append(signers, signerOf(chain))
	}
	if len(signers) < e.quorum() || !distinct.Are(signers) {
		return refuse("cooperation.certificate-quorum")
	}
	var all []Statement
	for _, chain := range certificate {
		if !isChainOf(chain, ref) {
			return refuse("cooperation.certificate-chain")
		}
		all = append(all, chain...)
	}
	return e.checkSigned(instance, all)
}

func isChainOf(chain Chain, ref wire.Key) bool {
	last := chain[len(chain)-1].content()
	if last.kind != kindReady || last.ref != ref {
		return false
	}
	for i, statement := range chain {
		content := statement.content()
		if content.signer != last.signer || len(chain) > 1 && content.seq != uint64(i) {
			return false
		}
	}
	return true
}

// verifyUnique does cooperation.verify-unique.
func (e *Electorate) verifyUnique(instance uint64, certificate Certificate, ref wire.Key) error {
	if err := e.verifyCertificate(instance, certificate, ref); err != nil {
		return err
	}
	if slices.ContainsFunc(certificate, func(chain Chain) bool { return chain[0].content().seq != 0 }) {
		return refuse("cooperation.certificate-chain")
	}
	if mostWitnessed(certificate, ref) >= int(e.Sensitivity) {
		return refuse("cooperation.certificate-unique")
	}
	return nil
}
