package delivery

import (
	"maps"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/wire"
)

// move is a move of a schedule. Its error says that there is no such move in the run.
type move struct {
	make func(*run) error
}

// text is a text of printable ASCII.
type text string

// UnmarshalText reads the text.
func (t *text) UnmarshalText(input []byte) error {
	*t = text(input)
	isPrintable := !slices.ContainsFunc(input, func(c byte) bool { return c < ' ' || c > '~' })
	if len(input) == 0 || len(input) > 128 || !isPrintable {
		return noCall("no text")
	}
	return nil
}

// yes is true.
type yes struct{}

// UnmarshalStrict reads it.
func (*yes) UnmarshalStrict(value any) error {
	if value != true {
		return noCall("not true")
	}
	return nil
}

var errNoSchedule = noCall("no schedule")

// The fields of moves. A pointer is what may be left out, but for the commit, which may be null.
type (
	proposeFields struct {
		Propose string `json:"propose" is:"update add remove"`
		By      text   `json:"by"`
		Who     *text  `json:"who"`
		As      text   `json:"as"`
	}
	commitFields struct {
		Commit *[]text `json:"commit"`
		By     text    `json:"by"`
		As     text    `json:"as"`
	}
	deliverFields struct {
		Deliver text `json:"deliver"`
	}
	dropFields struct {
		Drop text `json:"drop"`
	}
	loseFields struct {
		Lose  yes     `json:"lose"`
		To    *[]text `json:"to"`
		From  *[]text `json:"from"`
		Kinds *[]text `json:"kinds"`
	}
	repeatFields struct {
		Repeat yes     `json:"repeat"`
		To     *[]text `json:"to"`
		From   *[]text `json:"from"`
		Kinds  *[]text `json:"kinds"`
	}
	waveFields struct {
		Wave  yes     `json:"wave"`
		To    *[]text `json:"to"`
		From  *[]text `json:"from"`
		Kinds *[]text `json:"kinds"`
	}
	drainFields struct {
		Drain text    `json:"drain"`
		Most  *few    `json:"most"`
		To    *[]text `json:"to"`
		From  *[]text `json:"from"`
		Kinds *[]text `json:"kinds"`
	}
	settleFields struct {
		Settle few `json:"settle"`
	}
	chaosFields struct {
		Chaos text `json:"chaos"`
		Haste few  `json:"haste"`
		Most  few  `json:"most"`
	}
	endFields struct {
		End text `json:"end"`
		Of  text `json:"of"`
	}
	downFields struct {
		Down text `json:"down"`
	}
	upFields struct {
		Up text `json:"up"`
	}
	resumeFields struct {
		Resume text `json:"resume"`
	}
	returnFields struct {
		Return text `json:"return"`
	}
	cutFields struct {
		Cut [][]text `json:"cut"`
	}
	healFields struct {
		Heal yes `json:"heal"`
	}
	appearFields struct {
		Appear user `json:"appear"`
	}
	injectFields struct {
		Inject injected `json:"inject"`
		From   text     `json:"from"`
		To     text     `json:"to"`
	}
)

// few is a number up to 100,000.
type few uint64

// UnmarshalStrict reads the number.
func (f *few) UnmarshalStrict(value any) error {
	number, ok := value.(uint64)
	*f = few(number)
	if !ok || number > 100_000 {
		return noCall("no such number")
	}
	return nil
}

// injected is a message that is put in by hand.
type injected []byte

// UnmarshalText reads the hex.
func (m *injected) UnmarshalText(input []byte) error {
	bytes, ok := wire.ParseHex(string(input))
	*m = bytes
	if !ok || len(bytes) == 0 {
		return noCall("no message")
	}
	return nil
}

// readers read the moves, by the key that only they have.
var readers = map[string]func(map[string]any) (func(*run) error, error){
	"propose": reader(proposeMove, "who"),
	"commit":  reader(commitMove),
	"deliver": reader(func(r *run, m deliverFields) error { return r.withMessage(m.Deliver, r.deliver) }),
	"drop":    reader(func(r *run, m dropFields) error { return r.withMessage(m.Drop, r.remove) }),
	"lose": reader(func(r *run, m loseFields) error {
		r.each(r.meant(whichOf(m.To, m.From, m.Kinds)), r.remove)
		return nil
	}, "to", "from", "kinds"),
	"repeat": reader(func(r *run, m repeatFields) error {
		r.each(r.meant(whichOf(m.To, m.From, m.Kinds)), r.handOver)
		return nil
	}, "to", "from", "kinds"),
	"wave": reader(func(r *run, m waveFields) error {
		r.each(r.deliverable(whichOf(m.To, m.From, m.Kinds)), r.deliver)
		return nil
	}, "to", "from", "kinds"),
	"drain": reader(drainMove, "most", "to", "from", "kinds"),
	"settle": reader(func(r *run, m settleFields) error {
		r.settleDown(uint64(m.Settle))
		return nil
	}),
	"chaos": reader(func(r *run, m chaosFields) error {
		r.chaos(string(m.Chaos), uint64(m.Haste), uint64(m.Most))
		return nil
	}),
	"end": reader(func(r *run, m endFields) error {
		return r.withProcess(m.Of, func(of *process) error {
			r.end(of, string(m.End))
			return nil
		})
	}),
	"down":   reader(func(r *run, m downFields) error { return r.setDown(m.Down, true) }),
	"up":     reader(func(r *run, m upFields) error { return r.setDown(m.Up, false) }),
	"resume": reader(resumeMove),
	"return": reader(returnMove),
	"cut":    reader(cutMove),
	"heal": reader(func(r *run, _ healFields) error {
		r.cut = nil
		return nil
	}),
	"appear": reader(appearMove),
	"inject": reader(injectMove),
}

// reader reads a move, and gives what it does. Optional keys that are not given are null.
func reader[M any](do func(*run, M) error, optional ...string) func(map[string]any) (func(*run) error, error) {
	return func(value map[string]any) (func(*run) error, error) {
		whole := maps.Clone(value)
		for _, key := range optional {
			given, ok := value[key]
			if ok && given == nil {
				return nil, noCall("null")
			}
			whole[key] = given
		}
		var read M
		if err := strict.Read(whole, &read); err != nil {
			return nil, err
		}
		return func(r *run) error { return do(r, read) }, nil
	}
}

// UnmarshalStrict reads the move.
func (m *move) UnmarshalStrict(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return noCall("no move")
	}
	for key, read := range readers {
		if _, ok := object[key]; !ok {
			continue
		}
		if make, err := read(object); err == nil {
			m.make = make
			return nil
		}
	}
	return noCall("no move")
}

func stringsOf(texts []text) []string {
	list := make([]string, len(texts))
	for i, one := range texts {
		list[i] = string(one)
	}
	return list
}

func whichOf(to, from, kinds *[]text) which {
	convert := func(texts *[]text) *[]string {
		if texts == nil {
			return nil
		}
		list := stringsOf(*texts)
		return &list
	}
	return which{convert(to), convert(from), convert(kinds)}
}

func (r *run) each(messages []*envelope, do func(*envelope)) {
	for _, one := range messages {
		do(one)
	}
}

func (r *run) withMessage(id text, do func(*envelope)) error {
	at := slices.IndexFunc(r.onTheirWay, func(one *envelope) bool { return one.id == string(id) })
	if at < 0 {
		return errNoSchedule
	}
	do(r.onTheirWay[at])
	return nil
}

func (r *run) withProcess(handle text, do func(*process) error) error {
	of := r.process(string(handle))
	if of == nil {
		return errNoSchedule
	}
	return do(of)
}

// withMember does something with a process that is a member.
func (r *run) withMember(handle text, do func(*process) error) error {
	return r.withProcess(handle, func(of *process) error {
		if of.service == nil {
			return errNoSchedule
		}
		return do(of)
	})
}

func (r *run) setDown(handle text, isDown bool) error {
	return r.withProcess(handle, func(of *process) error {
		of.isDown = isDown
		return nil
	})
}

func proposeMove(r *run, m proposeFields) error {
	return r.withMember(m.By, func(by *process) error {
		who := ""
		if m.Who != nil {
			who = string(*m.Who)
		}
		if m.Propose != "update" && r.keyPackages[who] == nil {
			return errNoSchedule
		}
		t, ok := r.operate(by, func(t *turn) error {
			return t.propose(func(tree *Group) ([]byte, error) {
				switch m.Propose {
				case "add":
					return tree.proposeAdd(t.seed, r.keyPackages[who])
				case "remove":
					leaf, ok := tree.leafOf(who)
					if !ok {
						return nil, refuse("tree-kem.removes-member")
					}
					return tree.proposeRemove(t.seed, leaf)
				default:
					return tree.proposeUpdate(t.seed), nil
				}
			})
		})
		if ok {
			r.proposals[string(m.As)] = *t.events[0].ref
		}
		return nil
	})
}

func commitMove(r *run, m commitFields) error {
	return r.withMember(m.By, func(by *process) error {
		var refs []wire.Key
		if m.Commit != nil {
			refs = []wire.Key{}
			for _, name := range *m.Commit {
				ref, ok := r.proposals[string(name)]
				if !ok {
					return nil
				}
				refs = append(refs, ref)
			}
		}
		r.operate(by, func(t *turn) error { return t.commit(refs) })
		return nil
	})
}

func drainMove(r *run, m drainFields) error {
	most := uint64(noLimit)
	if m.Most != nil {
		most = uint64(*m.Most)
	}
	r.drain(string(m.Drain), whichOf(m.To, m.From, m.Kinds), most)
	return nil
}

func resumeMove(r *run, m resumeFields) error {
	return r.withMember(m.Resume, func(of *process) error {
		r.operate(of, func(t *turn) error {
			t.resume()
			return nil
		})
		return nil
	})
}

func returnMove(r *run, m returnFields) error {
	return r.withMember(m.Return, func(of *process) error {
		var keyPackage []byte
		_, ok := r.operate(of, func(t *turn) error {
			var err error
			keyPackage, err = t.comeBack(r.numbers[of.user])
			return err
		})
		if ok {
			r.numbers[of.user]++
			r.keyPackages[of.user] = keyPackage
		}
		return nil
	})
}

func cutMove(r *run, m cutFields) error {
	r.cut = nil
	for _, users := range m.Cut {
		r.cut = append(r.cut, stringsOf(users))
	}
	return nil
}

func appearMove(r *run, m appearFields) error {
	for _, one := range r.ofUser(string(m.Appear)) {
		if !one.isRemoved() {
			return errNoSchedule
		}
	}
	r.appear(string(m.Appear), []map[string]bool{nil})
	return nil
}

func injectMove(r *run, m injectFields) error {
	return r.withProcess(m.From, func(from *process) error {
		return r.withProcess(m.To, func(to *process) error {
			kind := ""
			if message, err := wire.Decode[Message](m.Inject); err == nil {
				kind = message.kind()
			}
			r.put(from, to, m.Inject, kind)
			return nil
		})
	})
}

// faulty is a faulty user, and whom each of its faces is seen by.
type faulty struct {
	User  text     `json:"user"`
	Faces [][]user `json:"faces"`
}

// facesOf are the faces of faulty users. It is false when these, or the members, are not as they must be.
func facesOf(members []user, all []faulty) (users []string, faces map[string][]map[string]bool, ok bool) {
	for _, member := range members {
		users = append(users, string(member))
	}
	faces = map[string][]map[string]bool{}
	for _, one := range all {
		name := string(one.User)
		if _, isTwice := faces[name]; isTwice || !slices.Contains(users, name) || len(one.Faces) == 0 {
			return nil, nil, false
		}
		for _, seenBy := range one.Faces {
			face := map[string]bool{}
			for _, user := range seenBy {
				face[string(user)] = true
			}
			faces[name] = append(faces[name], face)
		}
	}
	return users, faces, len(users) > 0 && distinct.Are(users) && len(faces[users[0]]) <= 1
}

func registerSimulation(p *peer.Peer) {
	strict.Register(p, "simulation.numbers", func(params struct {
		Seed   label   `json:"seed"`
		Name   label   `json:"name"`
		Limits []limit `json:"limits"`
	}) (peer.Output, error) {
		numbers := &stream{seed: string(params.Seed), name: string(params.Name)}
		drawn := []uint64{}
		for _, limit := range params.Limits {
			drawn = append(drawn, numbers.below(uint64(limit)))
		}
		return peer.Output{"numbers": drawn}, nil
	})
	strict.Register(p, "simulation.play", func(params struct {
		Members    []user   `json:"members"`
		Faulty     []faulty `json:"faulty"`
		SampleSize uint64   `json:"sampleSize" max:"64"`
		Schedule   []move   `json:"schedule"`
	}) (peer.Output, error) {
		users, faces, ok := facesOf(params.Members, params.Faulty)
		if !ok {
			return nil, errNoSchedule
		}
		r, err := settle(users, faces, params.SampleSize)
		if err != nil {
			return nil, err
		}
		traces := []wire.Key{}
		for _, move := range params.Schedule {
			if err := move.make(r); err != nil {
				return nil, err
			}
			traces = append(traces, r.trace)
		}
		processes := []any{}
		for _, one := range r.processes {
			processes = append(processes, one.shown())
		}
		return peer.Output{"traces": traces, "processes": processes}, nil
	})
}

func (p *process) shown() object {
	shown := object{"handle": p.handle, "status": "outside", "epoch": nil, "authenticator": nil, "told": p.told, "sent": p.sent}
	if p.service != nil {
		shown["status"], shown["epoch"], shown["authenticator"] = p.service.Status, p.service.Tree.Epoch, p.service.Tree.Authenticator
	}
	return shown
}

// label is a text of printable ASCII, which may be empty.
type label string

// UnmarshalText reads the text.
func (l *label) UnmarshalText(input []byte) error {
	*l = label(input)
	if slices.ContainsFunc(input, func(c byte) bool { return c < ' ' || c > '~' }) {
		return noCall("no label")
	}
	return nil
}

// limit is a number from 1 to 2^32.
type limit uint64

// UnmarshalStrict reads the number.
func (l *limit) UnmarshalStrict(value any) error {
	number, ok := value.(uint64)
	*l = limit(number)
	if !ok || number < 1 || number > 1<<32 {
		return noCall("no limit")
	}
	return nil
}
