package delivery

import (
	"encoding/binary"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

// isMLS says whether a message of the back end is one of MLS.
func isMLS(message []byte) bool { return len(message) > 1 && message[0] == 0 && message[1] == 1 }

// Numbers of RFC 9420.
const (
	mlsPublicMessage  = 1
	mlsSenderMember   = 1
	mlsProposal       = 2
	mlsCommit         = 3
	mlsAdd            = 1
	mlsUpdate         = 2
	mlsRemove         = 3
	mlsSuite          = 3
	mlsBasic          = 1
	mlsByReference    = 2
	mlsSourcePackage  = 1
	mlsSourceUpdate   = 2
	mlsSourceCommit   = 3
	mlsReferenceLabel = "MLS 1.0 Proposal Reference"
)

// mlsReader reads the presentation language of RFC 9420. After a failure it reads zeroes.
type mlsReader struct {
	rest   []byte
	failed bool
}

func (r *mlsReader) take(length uint64) []byte {
	if uint64(len(r.rest)) < length {
		r.failed, r.rest = true, nil
		return nil
	}
	taken := r.rest[:length]
	r.rest = r.rest[length:]
	return taken
}

func (r *mlsReader) number(length uint64) uint64 {
	var number uint64
	for _, b := range r.take(length) {
		number = number<<8 | uint64(b)
	}
	return number
}

// vector reads a vector, whose length has the fewest bytes that suffice (RFC 9420 section 2.1.2).
func (r *mlsReader) vector() []byte {
	first := r.number(1)
	prefix := first >> 6
	length := first&0x3f<<(8*(1<<prefix-1)) | r.number(1<<prefix-1)
	if prefix == 3 || prefix > 0 && length < 1<<(8*(1<<(prefix-1))-2) {
		r.failed = true
	}
	return r.take(length)
}

// sized reads a vector that has a length.
func (r *mlsReader) sized(length int) []byte {
	vector := r.vector()
	r.check(len(vector) == length)
	return vector
}

func (r *mlsReader) expect(length, number uint64) { r.check(r.number(length) == number) }

func (r *mlsReader) check(is bool) { r.failed = r.failed || !is }

// numbers reads a vector of numbers of two bytes.
func (r *mlsReader) numbers() []uint64 {
	var numbers []uint64
	for inner := r.inner(); len(inner.rest) > 0; {
		numbers = append(numbers, inner.number(2))
		r.check(!inner.failed)
	}
	return numbers
}

// inner reads a vector, to be read in its turn.
func (r *mlsReader) inner() *mlsReader { return &mlsReader{rest: r.vector(), failed: r.failed} }

// extensions reads extensions, and gives their types.
func (r *mlsReader) extensions() []uint64 {
	var types []uint64
	inner := r.inner()
	for len(inner.rest) > 0 {
		types = append(types, inner.number(2))
		inner.vector()
	}
	r.check(!inner.failed && distinct.Are(types))
	return types
}

// leafNode reads a LeafNode, from one of these sources.
func (r *mlsReader) leafNode(source uint64) {
	r.sized(len(wire.Key{}))
	r.sized(len(wire.Key{}))
	r.expect(2, mlsBasic)
	user := r.vector()
	r.check(wire.Printable(string(user), 1, 64))
	for range 5 {
		r.numbers()
	}
	r.expect(1, source)
	switch source {
	case mlsSourcePackage:
		r.number(8)
		r.number(8)
	case mlsSourceCommit:
		r.vector()
	}
	r.extensions()
	r.vector()
}

// keyPackage reads a KeyPackage.
func (r *mlsReader) keyPackage() {
	r.expect(2, 1)
	r.expect(2, mlsSuite)
	r.sized(len(wire.Key{}))
	r.leafNode(mlsSourcePackage)
	r.extensions()
	r.vector()
}

// mlsHead is what every PublicMessage of a member begins with.
type mlsHead struct {
	readMessage
	// content is the FramedContent, which begins after the wire format.
	rest *mlsReader
}

// readMLSHead reads up to the content type.
func readMLSHead(message []byte, contentType uint64) mlsHead {
	r := &mlsReader{rest: message}
	r.expect(2, 1)
	r.expect(2, mlsPublicMessage)
	group := r.vector()
	epoch := r.number(8)
	r.expect(1, mlsSenderMember)
	author := r.number(4)
	r.vector()
	r.expect(1, contentType)
	r.check(epoch <= lastEpoch && author <= 0xffff)
	return mlsHead{readMessage{group, epoch, author}, r}
}

// readMLSProposal reads a proposal of MLS (tree-kem.read-proposal).
func readMLSProposal(message []byte) (readMessage, wire.Key, error) {
	head := readMLSHead(message, mlsProposal)
	r := head.rest
	switch kind := r.number(2); kind {
	case mlsAdd:
		r.keyPackage()
	case mlsUpdate:
		r.leafNode(mlsSourceUpdate)
	case mlsRemove:
		r.check(r.number(4) <= 0xffff)
	default:
		r.failed = true
	}
	r.vector()
	// An AuthenticatedContent is the wire format, the content and its signature, without the membership tag.
	end := len(message) - len(r.rest)
	r.vector()
	if r.failed || len(r.rest) > 0 {
		return readMessage{}, wire.Key{}, malformed("tree-kem.message")
	}
	return head.readMessage, mlsReference(message[2:end]), nil
}

// mlsReference is the ProposalRef of an AuthenticatedContent (RFC 9420 section 5.2).
func mlsReference(content []byte) wire.Key {
	return primitives.SHA256(slices.Concat(mlsVector([]byte(mlsReferenceLabel)), mlsVector(content)))
}

// mlsVector is a vector with its length.
func mlsVector(content []byte) []byte {
	length := uint32(len(content))
	switch {
	case length < 1<<6:
		return append([]byte{byte(length)}, content...)
	case length < 1<<14:
		return append(binary.BigEndian.AppendUint16(nil, uint16(length|1<<14)), content...)
	default:
		return append(binary.BigEndian.AppendUint32(nil, length|2<<30), content...)
	}
}

// readMLSCommit reads a commit of MLS, and gives the references of its proposals (tree-kem.read-commit).
func readMLSCommit(message []byte) (readMessage, []wire.Key, error) {
	head := readMLSHead(message, mlsCommit)
	r := head.rest
	proposals := r.inner()
	refs := []wire.Key{}
	byValue := false
	for len(proposals.rest) > 0 && !proposals.failed {
		if proposals.number(1) != mlsByReference {
			byValue = true
			break
		}
		if ref := proposals.sized(len(wire.Key{})); !proposals.failed {
			refs = append(refs, wire.Key(ref))
		}
	}
	r.check(!proposals.failed)
	if r.number(1) == 1 {
		r.leafNode(mlsSourceCommit)
		for path := r.inner(); len(path.rest) > 0; {
			path.vector()
			for sealed := path.inner(); len(sealed.rest) > 0; {
				sealed.vector()
				sealed.vector()
				r.check(!sealed.failed)
			}
			r.check(!path.failed)
		}
	}
	r.vector()
	r.vector()
	r.vector()
	if r.failed || len(r.rest) > 0 {
		return readMessage{}, nil, malformed("tree-kem.message")
	}
	if byValue || !distinct.Are(refs) {
		return readMessage{}, nil, refuse("tree-kem.by-reference")
	}
	return head.readMessage, refs, nil
}
