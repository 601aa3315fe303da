package delivery

import (
	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/wire"
)

// voterHandle is one voter in one epoch.
type voterHandle struct {
	Cooperation *Cooperation
	Restrained  *Restrained
	Consensus   *Consensus
	Cascade     *Cascade
}

// certificateBox gives a certificate its bounds.
type certificateBox struct {
	Certificate Certificate `wire:"certificate" count:"1..1024,1..256"`
}

// certificateValue is a certificate as a parameter.
type certificateValue struct{ value Certificate }

// UnmarshalStrict reads the certificate.
func (c *certificateValue) UnmarshalStrict(value any) error {
	box, ok := wire.FromJSON[certificateBox](object{"certificate": value})
	c.value = box.Certificate
	if !ok {
		return noCall("no certificate")
	}
	return nil
}

var certificateCodec = codec{
	decode: func(input []byte) (any, error) {
		// A certificate is a list with bounds, which a type of Go does not have by itself.
		value, err := wire.Decode[Certificate](input)
		if err != nil {
			return nil, err
		}
		if _, ok := wire.FromJSON[certificateBox](object{"certificate": wire.ToJSON(value)}); !ok {
			return nil, malformed("encoding.shape")
		}
		return wire.ToJSON(value), nil
	},
	encode: func(value any) ([]byte, error) {
		box, ok := wire.FromJSON[certificateBox](object{"certificate": value})
		if !ok {
			return nil, noCall("no certificate")
		}
		encoded := wire.Encode(box.Certificate)
		if len(encoded) > peer.LongestBytes {
			return nil, noCall("a value of more than 2 MiB")
		}
		return encoded, nil
	},
}

var agreementTypes = map[string]codec{
	"statement":        codecOf[Statement](),
	"certificate":      certificateCodec,
	"electorate":       codecOf[Electorate](),
	"endorse":          codecOf[Endorse](),
	"retract":          codecOf[Retract](),
	"proposal":         codecOf[ConsensusProposal](),
	"vote":             codecOf[Vote](),
	"commit-value":     codecOf[CommitValue](),
	"set-value":        codecOf[SetValue](),
	"cascade-message":  codecOf[CascadeMessage](),
	"delivery-message": codecOf[Message](),
}

type electorate = strict.Wired[Electorate]

func registerCooperation(p *peer.Peer, voters handles.Store[voterHandle]) {
	registerCodec(p, "agreement", agreementTypes)
	strict.Register(p, "cooperation.thresholds", func(params struct {
		N           uint64 `json:"n"`
		Faults      uint64 `json:"faults"`
		Sensitivity uint64 `json:"sensitivity"`
	}) (peer.Output, error) {
		n, t, k := params.N, params.Faults, params.Sensitivity
		if k < 1 || t > n || n < 3*t+k {
			return nil, refuse("cooperation.electorate")
		}
		return peer.Output{"usualFaults": usualFaults(n), "witness": 2*t + k, "ready": n - t, "gate": (n+t)/2 + 1, "candidate": k}, nil
	})
	strict.Register(p, "cooperation.unlock-threshold", func(params struct {
		N      uint64 `json:"n"`
		Faults uint64 `json:"faults"`
		Values uint64 `json:"values" min:"1"`
	}) (peer.Output, error) {
		return peer.Output{"threshold": unlockThreshold(int(params.N), int(params.Faults), int(params.Values))}, nil
	})
	strict.Register(p, "cooperation.sign", func(params struct {
		Electorate electorate              `json:"electorate"`
		Instance   uint64                  `json:"instance" min:"1" max:"2"`
		Statement  strict.Wired[Statement] `json:"statement"`
		SecretKey  wire.Key                `json:"secretKey"`
	}) (peer.Output, error) {
		content := params.Statement.Value.content()
		signature := primitives.Sign(params.SecretKey, params.Electorate.Value.statementInput(params.Instance, content))
		return peer.Output{"statement": wire.ToJSON(content.statement(signature))}, nil
	})
	type verifying struct {
		Electorate  electorate       `json:"electorate"`
		Instance    uint64           `json:"instance" min:"1" max:"2"`
		Certificate certificateValue `json:"certificate"`
		Ref         wire.Key         `json:"ref"`
	}
	strict.Register(p, "cooperation.verify", func(params verifying) (peer.Output, error) {
		return nil, params.Electorate.Value.verifyCertificate(params.Instance, params.Certificate.value, params.Ref)
	})
	strict.Register(p, "cooperation.verify-unique", func(params verifying) (peer.Output, error) {
		return nil, params.Electorate.Value.verifyUnique(params.Instance, params.Certificate.value, params.Ref)
	})
	strict.Register(p, "cooperation.open", func(params struct {
		On         handles.Name `json:"on"`
		Electorate electorate   `json:"electorate"`
		Instance   uint64       `json:"instance" min:"1" max:"2"`
		Me         uint64       `json:"me" max:"65535"`
		SecretKey  wire.Key     `json:"secretKey"`
	}) (peer.Output, error) {
		return voters.Begin(params.On, func(h *voterHandle) (peer.Output, error) {
			opened, err := openCooperation(params.Electorate.Value, params.Instance, params.Me, params.SecretKey)
			h.Cooperation = opened
			return nil, err
		})
	})
	change := func(on handles.Name, operate func(*Cooperation) error) (peer.Output, error) {
		return voters.Change(on, func(h *voterHandle) (peer.Output, error) {
			cooperation, err := part(h.Cooperation)
			if err != nil {
				return nil, err
			}
			before := len(cooperation.Accepted)
			cooperation.Signed = nil
			if err := operate(cooperation); err != nil {
				return nil, err
			}
			accepted := []any{}
			for _, ref := range cooperation.Accepted[before:] {
				accepted = append(accepted, object{"ref": ref, "candidates": *cooperation.Candidates})
			}
			signed := wire.ToJSON(cooperation.Signed)
			cooperation.Signed = nil
			return peer.Output{"signed": signed, "accepted": accepted}, nil
		})
	}
	type onValue struct {
		On  handles.Name `json:"on"`
		Ref wire.Key     `json:"ref"`
	}
	for name, operate := range map[string]func(*Cooperation, wire.Key){
		"propose": (*Cooperation).propose, "learn": (*Cooperation).learn, "validate": (*Cooperation).validate,
	} {
		strict.Register(p, "cooperation."+name, func(params onValue) (peer.Output, error) {
			return change(params.On, func(c *Cooperation) error {
				operate(c, params.Ref)
				return nil
			})
		})
	}
	strict.Register(p, "cooperation.relax", func(params onlyHandle) (peer.Output, error) {
		return change(params.On, func(c *Cooperation) error {
			c.relax()
			return nil
		})
	})
	strict.Register(p, "cooperation.receive", func(params struct {
		On         handles.Name              `json:"on"`
		Statements []strict.Wired[Statement] `json:"statements"`
	}) (peer.Output, error) {
		statements := make([]Statement, len(params.Statements))
		for i, one := range params.Statements {
			statements[i] = one.Value
		}
		return change(params.On, func(c *Cooperation) error { return c.receive(statements) })
	})
	strict.Register(p, "cooperation.certify", func(params onValue) (peer.Output, error) {
		cooperation, err := cooperationOf(voters, params.On)
		if err != nil {
			return nil, err
		}
		certificate, isUnique := cooperation.certify(params.Ref)
		output := peer.Output{"certificate": nil, "unique": isUnique}
		if certificate != nil {
			output["certificate"] = wire.ToJSON(certificate)
		}
		return output, nil
	})
	strict.Register(p, "cooperation.held", func(params onlyHandle) (peer.Output, error) {
		cooperation, err := cooperationOf(voters, params.On)
		if err != nil {
			return nil, err
		}
		return peer.Output{
			"statements": wire.ToJSON(cooperation.sorted()), "mayUnlock": cooperation.mayUnlock(),
			"accepted": list(cooperation.Accepted), "candidates": cooperation.Candidates,
		}, nil
	})
}

func cooperationOf(voters handles.Store[voterHandle], on handles.Name) (*Cooperation, error) {
	h, err := voters.Get(on)
	if err != nil {
		return nil, err
	}
	return part(h.Cooperation)
}

type opening struct {
	On         handles.Name `json:"on"`
	Electorate electorate   `json:"electorate"`
	Me         uint64       `json:"me" max:"65535"`
	SecretKey  wire.Key     `json:"secretKey"`
}

func registerRestrained(p *peer.Peer, voters handles.Store[voterHandle]) {
	strict.Register(p, "restrained-consensus.open", func(params struct {
		On         handles.Name `json:"on"`
		Electorate electorate   `json:"electorate"`
		Me         uint64       `json:"me" max:"65535"`
		SecretKey  wire.Key     `json:"secretKey"`
		Authors    []struct {
			Ref    wire.Key `json:"ref"`
			Author uint64   `json:"author" max:"65535"`
		} `json:"authors"`
	}) (peer.Output, error) {
		return voters.Begin(params.On, func(h *voterHandle) (peer.Output, error) {
			opened, err := openRestrained(params.Electorate.Value, params.Me, params.SecretKey)
			if err != nil {
				return nil, err
			}
			for _, one := range params.Authors {
				opened.Authors[one.Ref] = one.Author
			}
			h.Restrained = opened
			return nil, nil
		})
	})
	change := func(on handles.Name, operate func(*Restrained) error) (peer.Output, error) {
		return voters.Change(on, func(h *voterHandle) (peer.Output, error) {
			restrained, err := part(h.Restrained)
			if err != nil {
				return nil, err
			}
			if err := operate(restrained); err != nil {
				return nil, err
			}
			sends := []any{}
			for _, one := range restrained.Sends {
				sends = append(sends, object{"to": one.To, "message": wire.ToJSON(one.Message)})
			}
			restrained.Sends = nil
			return peer.Output{"send": sends, "phase": restrained.Phase, "outcome": restrained.Outcome}, nil
		})
	}
	strict.Register(p, "restrained-consensus.begin", func(params struct {
		On           handles.Name              `json:"on"`
		Values       []wire.Key                `json:"values"`
		Certificates []strict.Wired[Certified] `json:"certificates"`
	}) (peer.Output, error) {
		certificates := make([]Certified, len(params.Certificates))
		for i, one := range params.Certificates {
			certificates[i] = one.Value
		}
		return change(params.On, func(r *Restrained) error {
			r.begin(params.Values, certificates)
			return nil
		})
	})
	strict.Register(p, "restrained-consensus.endorse", func(params struct {
		On      handles.Name          `json:"on"`
		Message strict.Wired[Endorse] `json:"message"`
	}) (peer.Output, error) {
		return change(params.On, func(r *Restrained) error { return r.receiveEndorse(params.Message.Value) })
	})
	strict.Register(p, "restrained-consensus.retract", func(params struct {
		On      handles.Name          `json:"on"`
		Message strict.Wired[Retract] `json:"message"`
	}) (peer.Output, error) {
		return change(params.On, func(r *Restrained) error { return r.receiveRetract(params.Message.Value) })
	})
	strict.Register(p, "restrained-consensus.timeout", func(params onlyHandle) (peer.Output, error) {
		return change(params.On, func(r *Restrained) error {
			r.timeout()
			return nil
		})
	})
}

func registerConsensus(p *peer.Peer, voters handles.Store[voterHandle]) {
	strict.Register(p, "global-consensus.proposer", func(params struct {
		Electorate electorate `json:"electorate"`
		Round      uint64     `json:"round" max:"511"`
	}) (peer.Output, error) {
		return peer.Output{"proposer": params.Electorate.Value.proposer(params.Round)}, nil
	})
	strict.Register(p, "global-consensus.verify", func(params struct {
		Electorate electorate                      `json:"electorate"`
		Decision   strict.Wired[ConsensusDecision] `json:"decision"`
	}) (peer.Output, error) {
		return nil, params.Electorate.Value.verifyDecision(params.Decision.Value)
	})
	strict.Register(p, "global-consensus.open", func(params opening) (peer.Output, error) {
		return voters.Begin(params.On, func(h *voterHandle) (peer.Output, error) {
			opened, err := openConsensus(params.Electorate.Value, params.Me, params.SecretKey)
			h.Consensus = opened
			return nil, err
		})
	})
	change := func(on handles.Name, operate func(*Consensus) error) (peer.Output, error) {
		return voters.Change(on, func(h *voterHandle) (peer.Output, error) {
			consensus, err := part(h.Consensus)
			if err != nil {
				return nil, err
			}
			if err := operate(consensus); err != nil {
				return nil, err
			}
			output := peer.Output{
				"send": wire.ToJSON(consensus.Sends), "timers": list(consensus.Begun), "round": consensus.Round,
				"step": consensus.Step, "decision": wire.ToJSON(consensus.Decision),
			}
			consensus.Sends, consensus.Begun = nil, nil
			return output, nil
		})
	}
	strict.Register(p, "global-consensus.admit", func(params struct {
		On  handles.Name `json:"on"`
		Ref wire.Key     `json:"ref"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Consensus) error {
			c.admit(params.Ref)
			return nil
		})
	})
	strict.Register(p, "global-consensus.receive", func(params struct {
		On      handles.Name                   `json:"on"`
		Message strict.Wired[ConsensusMessage] `json:"message"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Consensus) error { return c.receive(params.Message.Value) })
	})
	strict.Register(p, "global-consensus.timeout", func(params struct {
		On    handles.Name `json:"on"`
		Kind  uint64       `json:"kind" max:"3"`
		Round uint64       `json:"round" max:"511"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Consensus) error {
			c.timeout(params.Kind, params.Round)
			return nil
		})
	})
}

func cascaded(outcome cascadeOutcome, decision *Decide) peer.Output {
	sends := []any{}
	for _, one := range outcome.sends {
		var to any = one.to
		if one.toAll {
			to = "all"
		}
		sends = append(sends, object{"to": to, "message": wire.Bytes(wire.Encode(one.message))})
	}
	output := peer.Output{"send": sends, "judge": list(outcome.judge), "timers": list(outcome.timers), "decision": nil}
	if decision != nil {
		output["decision"] = decision.Refs[decision.choice()]
	}
	return output
}

func registerCascade(p *peer.Peer, voters handles.Store[voterHandle]) {
	strict.Register(p, "cascade.commit", func(params struct {
		Electorate electorate      `json:"electorate"`
		SecretKey  wire.Key        `json:"secretKey"`
		Author     uint64          `json:"author" max:"65535"`
		Proposals  []wire.Key      `json:"proposals"`
		Commit     backEndMessage  `json:"commit"`
		Welcome    *backEndMessage `json:"welcome"`
	}) (peer.Output, error) {
		value := CommitValue{Author: params.Author, Proposals: params.Proposals, Commit: params.Commit, Welcome: (*[]byte)(params.Welcome)}
		ref, value := params.Electorate.Value.signCommit(params.SecretKey, value)
		return peer.Output{"ref": ref, "value": wire.ToJSON(value)}, nil
	})
	strict.Register(p, "cascade.set", func(params struct {
		Electorate electorate `json:"electorate"`
		Refs       []wire.Key `json:"refs"`
	}) (peer.Output, error) {
		return peer.Output{"ref": params.Electorate.Value.setRef(params.Refs)}, nil
	})
	strict.Register(p, "cascade.choice", func(params struct {
		Set []struct {
			Ref       wire.Key `json:"ref"`
			Author    uint64   `json:"author" max:"65535"`
			Proposals uint64   `json:"proposals"`
		} `json:"set" min:"1"`
	}) (peer.Output, error) {
		set := []choosable{}
		for _, one := range params.Set {
			set = append(set, choosable{one.Ref, one.Author, int(one.Proposals)})
		}
		return peer.Output{"ref": choiceOrder(set)[0].ref}, nil
	})
	strict.Register(p, "cascade.verify-decide", func(params struct {
		Electorate electorate           `json:"electorate"`
		Decide     strict.Wired[Decide] `json:"decide"`
	}) (peer.Output, error) {
		decide := params.Decide.Value
		if err := params.Electorate.Value.verifyDecide(decide); err != nil {
			return nil, err
		}
		return peer.Output{"ref": decide.Refs[decide.choice()]}, nil
	})
	strict.Register(p, "cascade.open", func(params opening) (peer.Output, error) {
		return voters.Begin(params.On, func(h *voterHandle) (peer.Output, error) {
			opened, err := openCascade(params.Electorate.Value, params.Me, params.SecretKey)
			h.Cascade = opened
			return nil, err
		})
	})
	change := func(on handles.Name, operate func(*Cascade) (cascadeOutcome, error)) (peer.Output, error) {
		return voters.Change(on, func(h *voterHandle) (peer.Output, error) {
			cascade, err := part(h.Cascade)
			if err != nil {
				return nil, err
			}
			outcome, err := operate(cascade)
			return cascaded(outcome, cascade.Decision), err
		})
	}
	strict.Register(p, "cascade.propose", func(params struct {
		On    handles.Name              `json:"on"`
		Value strict.Wired[CommitValue] `json:"value"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Cascade) (cascadeOutcome, error) { return c.propose(params.Value.Value) })
	})
	strict.Register(p, "cascade.validate", func(params struct {
		On  handles.Name `json:"on"`
		Ref wire.Key     `json:"ref"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Cascade) (cascadeOutcome, error) { return c.validate(params.Ref) })
	})
	strict.Register(p, "cascade.receive", func(params struct {
		On      handles.Name `json:"on"`
		From    uint64       `json:"from" max:"65535"`
		Message anyBytes     `json:"message"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Cascade) (cascadeOutcome, error) {
			message, err := wire.Decode[CascadeMessage](params.Message)
			if err != nil {
				return cascadeOutcome{}, err
			}
			return c.receive(&params.From, message)
		})
	})
	strict.Register(p, "cascade.timeout", func(params struct {
		On   handles.Name `json:"on"`
		Name handles.Name `json:"name"`
	}) (peer.Output, error) {
		return change(params.On, func(c *Cascade) (cascadeOutcome, error) { return c.timeout(string(params.Name)) })
	})
}
