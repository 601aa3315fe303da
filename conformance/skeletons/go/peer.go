// A peer for `conclave`: the protocol, and the practice layer toy. Put your own layer in its place.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

type object = map[string]any

type request struct {
	ID     int64           `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

var states = map[string][]string{}

func accepted(output any) any      { return object{"verdict": "accepted", "output": output} }
func refused(clause string) any    { return object{"verdict": "refused", "clause": clause} }
func malformed(clause string) any  { return object{"verdict": "malformed", "clause": clause} }
func waiting(missing []int64) any  { return object{"verdict": "waiting", "missing": missing} }
func ignored() any                 { return object{"verdict": "ignored", "reason": "duplicate"} }

func hello(json.RawMessage) any {
	return object{"protocol": "conclave-peer/1", "name": "my-port", "version": "0.1.0", "language": "Go",
		"suites": []int{1}, "layers": []string{"toy"}, "options": []string{}}
}

func reset(json.RawMessage) any {
	states = map[string][]string{}
	return accepted(object{})
}

func double(params json.RawMessage) any {
	var p struct{ Value int64 }
	if json.Unmarshal(params, &p) != nil {
		return malformed("toy.number")
	}
	if p.Value < 0 {
		return refused("toy.positive")
	}
	return accepted(object{"value": 2 * p.Value})
}

func open(params json.RawMessage) any {
	var p struct{ On string }
	json.Unmarshal(params, &p)
	states[p.On] = []string{}
	return accepted(object{})
}

func receive(params json.RawMessage) any {
	var p struct {
		On     string
		Number int64
		Text   string
	}
	json.Unmarshal(params, &p)
	texts, known := states[p.On]
	next := int64(len(texts)) + 1
	switch {
	case !known:
		return refused("toy.known")
	case p.Number < next:
		return ignored()
	case p.Number > next:
		missing := []int64{}
		for n := next; n < p.Number; n++ {
			missing = append(missing, n)
		}
		return waiting(missing)
	}
	states[p.On] = append(texts, p.Text)
	return accepted(object{"texts": states[p.On]})
}

var methods = map[string]func(json.RawMessage) any{
	"hello": hello,
	"reset": reset,
	// Your methods go here; toy goes out, here and in hello, when the first of your own layers is in.
	"toy.double":  double,
	"toy.open":    open,
	"toy.receive": receive,
}

func answer(line []byte) object {
	var r request
	if json.Unmarshal(line, &r) != nil {
		return object{"jsonrpc": "2.0", "id": nil, "error": object{"code": -32700, "message": "not JSON"}}
	}
	method, known := methods[r.Method]
	if !known {
		return object{"jsonrpc": "2.0", "id": r.ID, "error": object{"code": -32601, "message": "no such method"}}
	}
	return object{"jsonrpc": "2.0", "id": r.ID, "result": method(r.Params)}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	// The default stops at 64 KiB without a word.
	lines.Buffer(nil, 1<<24+1)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for lines.Scan() {
		encoder.Encode(answer(lines.Bytes()))
		out.Flush()
	}
}
