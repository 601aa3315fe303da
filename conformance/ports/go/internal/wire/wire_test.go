package wire

import (
	"encoding/hex"
	"errors"
	"testing"
)

type greeting struct {
	_    struct{} `kind:"7" name:"greeting"`
	Seq  uint64   `wire:"seq" range:"1..9"`
	Salt Bytes    `wire:"salt" size:"2"`
}

func TestEncode(t *testing.T) {
	encoded := Encode(greeting{Seq: 1, Salt: Bytes{255, 0}})
	if got := hex.EncodeToString(encoded); got != "83070142ff00" {
		t.Errorf("encoded as %s", got)
	}
	decoded, err := Decode[greeting](encoded)
	if err != nil || decoded.Seq != 1 || len(decoded.Salt) != 2 {
		t.Errorf("decoded as %v, %v", decoded, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for input, clause := range map[string]string{
		"":               "encoding.canonical",
		"8307180142ff00": "encoding.canonical", // not the shortest number
		"83070142ff0000": "encoding.canonical", // something after it
		"9f070142ff00ff": "encoding.canonical", // indefinite length
		"9bffffffffffff": "encoding.canonical", // longer than the input
		"83080142ff00":   "encoding.shape",     // another kind
		"83070042ff00":   "encoding.shape",     // out of range
		"83070143ff0000": "encoding.shape",     // too long
		"820701":         "encoding.shape",     // a field is missing
	} {
		b, err := hex.DecodeString(input)
		if err != nil {
			t.Fatal(err)
		}
		var malformed Malformed
		if _, err := Decode[greeting](b); !errors.As(err, &malformed) || malformed.Clause != clause {
			t.Errorf("%s: %v in place of %s", input, err, clause)
		}
	}
}
