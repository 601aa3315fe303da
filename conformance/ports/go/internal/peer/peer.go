// Package peer speaks the protocol conclave-peer/1 (conformance/README.md) for the methods that are registered.
package peer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	longestLine  = 16 << 20
	protocolName = "conclave-peer/1"
	playsName    = "conclave-plays/1"

	codeNotJSON     = -32700
	codeNoRequest   = -32600
	codeNoMethod    = -32601
	codeNoCall      = -32602
	codeOwnFault    = -32603
	internalMessage = "internal error"
)

// Output is that of the verdict accepted.
type Output map[string]any

// Handler answers a call. Its error is a verdict other than accepted, or verdict.NoCall.
type Handler func(*Params) (Output, error)

// numberText is a number of JSON as it is written.
type numberText = json.Number

// Peer is what the runner speaks with.
type Peer struct {
	name, version string
	layers        []string
	handlers      map[string]Handler
	kinds         []kind
	plays         plays
}

// plays are the parts whose plays the peer takes part in, what it can in them, and which bytes it writes.
type plays struct {
	parts, options []string
	wire           string
}

// kind is that of a store's handles.
type kind interface {
	reset()
	saved(name string) (any, bool)
}

// New makes a peer without methods.
func New(name, version string) *Peer {
	p := &Peer{name: name, version: version, handlers: map[string]Handler{}}
	p.Register("hello", p.hello)
	p.Register("reset", p.reset)
	p.Register("state", p.state)
	p.Register("fingerprint", p.fingerprint)
	return p
}

// Layer declares layers as implemented.
func (p *Peer) Layer(names ...string) { p.layers = append(p.layers, names...) }

// Plays declares a part as played, with options; `wire` names the bytes that are written.
func (p *Peer) Plays(part string, options []string, wire string) {
	p.plays = plays{append(p.plays.parts, part), append(p.plays.options, options...), wire}
}

// Register adds a method.
func (p *Peer) Register(method string, handler Handler) { p.handlers[method] = handler }

// Serve answers each line of input with a line of output, until the input ends.
func (p *Peer) Serve(input io.Reader, output io.Writer) error {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, longestLine+2)
	for lines.Scan() {
		reply, err := json.Marshal(p.reply(lines.Bytes()))
		if err != nil {
			return err
		}
		if _, err := output.Write(append(reply, '\n')); err != nil {
			return err
		}
	}
	return lines.Err()
}

type object = map[string]any

func failure(id any, code int, message string) object {
	return object{"jsonrpc": "2.0", "id": id, "error": object{"code": code, "message": message}}
}

func (p *Peer) reply(line []byte) object {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var parsed any
	if err := decoder.Decode(&parsed); err != nil {
		return failure(nil, codeNotJSON, "not JSON")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return failure(nil, codeNotJSON, "not JSON")
	}
	request, _ := parsed.(object)
	id, isNumber := request["id"].(numberText)
	method, isText := request["method"].(string)
	if request["jsonrpc"] != "2.0" || !isNumber || !isText {
		return failure(nil, codeNoRequest, "no request")
	}
	handler, ok := p.handlers[method]
	if !ok {
		return failure(id, codeNoMethod, "no such method")
	}
	if !hasWholeTexts(line) {
		return failure(id, codeNoCall, "half of a surrogate pair")
	}
	result, err := call(handler, request["params"])
	var noCall verdict.NoCall
	switch {
	case errors.As(err, &noCall):
		return failure(id, codeNoCall, noCall.Error())
	case err != nil:
		return failure(id, codeOwnFault, internalMessage)
	case method == "hello":
		return object{"jsonrpc": "2.0", "id": id, "result": result["output"]}
	}
	return object{"jsonrpc": "2.0", "id": id, "result": result}
}

// hasWholeTexts says whether no text in a line of JSON has half of a surrogate pair: encoding/json would put another
// character in its place.
func hasWholeTexts(line []byte) bool {
	for at := bytes.IndexByte(line, '\\'); at >= 0 && at+1 < len(line); {
		next := at + 2
		if unit, ok := escapedUnit(line[at:]); ok {
			next = at + 6
			if utf16.IsSurrogate(unit) {
				low, _ := escapedUnit(line[next:])
				if utf16.DecodeRune(unit, low) == utf8.RuneError {
					return false
				}
				next += 6
			}
		}
		skipped := bytes.IndexByte(line[next:], '\\')
		if skipped < 0 {
			return true
		}
		at = next + skipped
	}
	return true
}

// escapedUnit is the unit of UTF-16 that an escape at the beginning of a text stands for.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit), err == nil
}

// call gives the result of a handler: a verdict with its keys.
func call(handler Handler, parsed any) (result object, err error) {
	params, err := parseParams(parsed)
	if err != nil {
		return nil, err
	}
	output, err := guarded(handler, params)
	var (
		refused   verdict.Refused
		malformed wire.Malformed
		waiting   verdict.Waiting
		ignored   verdict.Ignored
	)
	switch {
	case err == nil:
		if output == nil {
			output = Output{}
		}
		return object{"verdict": "accepted", "output": output}, nil
	case errors.As(err, &refused):
		return object{"verdict": "refused", "clause": refused.Clause, "detail": refused.Detail}, nil
	case errors.As(err, &malformed):
		return object{"verdict": "malformed", "clause": malformed.Clause, "where": malformed.Where}, nil
	case errors.As(err, &waiting):
		return object{"verdict": "waiting", "missing": waiting.Missing}, nil
	case errors.As(err, &ignored):
		return object{"verdict": "ignored", "reason": "duplicate"}, nil
	}
	return nil, err
}

// guarded makes an error of what would end the program. The value of the panic could hold a secret, and is not shown.
func guarded(handler Handler, params *Params) (output Output, err error) {
	defer func() {
		if recover() != nil {
			debug.PrintStack()
			output, err = nil, errors.New(internalMessage)
		}
	}()
	return handler(params)
}

func (p *Peer) hello(params *Params) (Output, error) {
	protocols, _ := params.Any("protocols").([]any)
	if slices.Contains(protocols, any(playsName)) {
		return Output{
			"protocol": playsName,
			"name":     p.name,
			"version":  p.version,
			"language": "Go",
			"parts":    p.plays.parts,
			"options":  p.plays.options,
			"wire":     p.plays.wire,
		}, nil
	}
	if !slices.Contains(protocols, any(protocolName)) {
		return nil, verdict.NoCall{Detail: "no protocol in common"}
	}
	return Output{
		"protocol": protocolName,
		"name":     p.name,
		"version":  p.version,
		"language": "Go",
		"suites":   []int{1},
		"layers":   p.layers,
		"options":  []string{"randomness", "fingerprint", "state"},
	}, nil
}

func (p *Peer) reset(params *Params) (Output, error) {
	if err := params.Done(); err != nil {
		return nil, err
	}
	for _, kind := range p.kinds {
		kind.reset()
	}
	return nil, nil
}

// saved is what is saved of all handles of a name, in JSON, and whether there is one.
func (p *Peer) saved(name string) ([]byte, bool, error) {
	all := make([]any, len(p.kinds))
	exists := false
	for i, kind := range p.kinds {
		if value, ok := kind.saved(name); ok {
			all[i], exists = value, true
		}
	}
	state, err := json.Marshal(all)
	if err != nil {
		return nil, false, fmt.Errorf("saving: %w", err)
	}
	return state, exists, nil
}

func (p *Peer) state(params *Params) (Output, error) {
	on := params.Name("on")
	if err := params.Done(); err != nil {
		return nil, err
	}
	state, exists, err := p.saved(on)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, verdict.NoCall{Detail: "no such handle"}
	}
	return Output{"state": wire.Bytes(state)}, nil
}

func (p *Peer) fingerprint(params *Params) (Output, error) {
	on := params.Name("on")
	if err := params.Done(); err != nil {
		return nil, err
	}
	state, _, err := p.saved(on)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(state)
	return Output{"fingerprint": hex.EncodeToString(digest[:])}, nil
}
