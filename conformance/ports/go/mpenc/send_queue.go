package mpenc

import (
	"slices"

	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/strict"
)

// The states of a text.
const (
	textUnsent = "unsent"
	textSent   = "sent"
	textFailed = "failed"
)

// QueuedText is a text of the queue, with its logical members and parents.
type QueuedText struct {
	Number  uint64      `json:"number"`
	Text    string      `json:"text"`
	Members []Name      `json:"members"`
	Parents []MessageID `json:"parents"`
	ID      *MessageID  `json:"id"`
	State   string      `json:"state"`
}

// QueueLine is a line of the log, as the queue has seen it.
type QueueLine struct {
	ID      MessageID
	Author  Name
	Parents []MessageID
}

// SendQueue keeps the texts of a user until all have them. Members are those of the session of now, sorted.
type SendQueue struct {
	Me        Name
	SendLater bool
	Members   []Name
	Lines     []QueueLine
	Texts     []QueuedText
	Last      uint64
}

// logicalParents are the messages of others that we have seen last, in ascending order.
func (q *SendQueue) logicalParents() []MessageID {
	// The lines that are before a line of others: parents of those, and of lines that are before one.
	isBefore := map[MessageID]bool{}
	parents := []MessageID{}
	for i := len(q.Lines) - 1; i >= 0; i-- {
		line := &q.Lines[i]
		isOfOthers := line.Author != q.Me
		if isOfOthers && !isBefore[line.ID] {
			parents = append(parents, line.ID)
		}
		if isOfOthers || isBefore[line.ID] {
			for _, parent := range line.Parents {
				isBefore[parent] = true
			}
		}
	}
	slices.Sort(parents)
	return parents
}

// isOfNow says whether the logical members and parents of a text are those of now.
func (q *SendQueue) isOfNow(text *QueuedText) bool {
	return slices.Equal(text.Members, q.Members) && slices.Equal(text.Parents, q.logicalParents())
}

// write remembers a text, and gives those to be sent (send-queue.write).
func (q *SendQueue) write(text string) []string {
	q.Last++
	return q.remember(q.Last, text)
}

func (q *SendQueue) remember(number uint64, text string) []string {
	q.Texts = append(q.Texts, QueuedText{number, text, list(q.Members), q.logicalParents(), nil, textUnsent})
	if len(q.Members) == 0 {
		return []string{}
	}
	return []string{text}
}

// note notes what a session has told, and gives the texts to be sent (send-queue.note).
func (q *SendQueue) note(notices []any) []string {
	later := map[uint64]bool{}
	for _, notice := range notices {
		switch notice := notice.(type) {
		case *messageNotice:
			q.noteMessage(notice)
		case *acknowledged:
			q.Texts = slices.DeleteFunc(q.Texts, func(text QueuedText) bool { return text.ID != nil && *text.ID == notice.ID })
		case *notAcknowledged:
			if at := q.find(notice.ID); notice.Last && at >= 0 {
				q.Texts[at].State = textFailed
			}
		case *membershipNotice:
			q.noteMembership(notice, later)
		}
	}
	again := q.sendAgain()
	sent := []string{}
	for _, text := range q.Texts {
		if later[text.Number] && !again[text.Number] {
			sent = append(sent, text.Text)
		}
	}
	for _, text := range q.Texts {
		if again[text.Number] {
			sent = append(sent, text.Text)
		}
	}
	return sent
}

func (q *SendQueue) find(id MessageID) int {
	return slices.IndexFunc(q.Texts, func(text QueuedText) bool { return text.ID != nil && *text.ID == id })
}

func (q *SendQueue) noteMessage(notice *messageNotice) {
	line := QueueLine{ID: notice.ID, Author: notice.Author}
	for _, position := range notice.Positions {
		if position >= 1 && position <= uint64(len(q.Lines)) {
			line.Parents = append(line.Parents, q.Lines[uint64(len(q.Lines))-position].ID)
		}
	}
	q.Lines = append(q.Lines, line)
	isSent := func(text QueuedText) bool { return text.State == textUnsent && text.Text == notice.Text }
	if at := slices.IndexFunc(q.Texts, isSent); at >= 0 && notice.Author == q.Me {
		q.Texts[at].ID, q.Texts[at].State = &notice.ID, textSent
	}
}

// noteMembership notes the members of now, and sends what was written outside of a session (send-queue.send-later).
func (q *SendQueue) noteMembership(notice *membershipNotice, later map[uint64]bool) {
	q.Members = sorted(slices.Concat(notice.Remain, notice.Include))
	if len(q.Members) < 2 {
		q.Members = nil
	}
	if q.Members == nil || !q.SendLater {
		return
	}
	for i := range q.Texts {
		if text := &q.Texts[i]; text.State == textUnsent && len(text.Members) == 0 {
			text.Members, text.Parents = q.Members, q.logicalParents()
			later[text.Number] = true
		}
	}
}

// sendAgain gives the numbers of the texts that are to be sent again (send-queue.send-again).
func (q *SendQueue) sendAgain() map[uint64]bool {
	again := map[uint64]bool{}
	if len(q.Members) == 0 {
		return again
	}
	first := slices.IndexFunc(q.Texts, func(text QueuedText) bool { return text.State == textFailed && q.isOfNow(&text) })
	if first < 0 {
		return again
	}
	for i := range q.Texts[first:] {
		if text := &q.Texts[first+i]; q.isOfNow(text) {
			text.ID, text.State = nil, textUnsent
			again[text.Number] = true
		}
	}
	return again
}

// unfinished is the index of the text with a number that is unsent or failed.
func (q *SendQueue) unfinished(number uint64) (int, error) {
	at := slices.IndexFunc(q.Texts, func(text QueuedText) bool { return text.Number == number && text.State != textSent })
	if at < 0 {
		return 0, refused("send-queue.unfinished")
	}
	return at, nil
}

// sendByHand sends a text after all (send-queue.send-by-hand).
func (q *SendQueue) sendByHand(number uint64) ([]string, error) {
	at, err := q.unfinished(number)
	if err != nil {
		return nil, err
	}
	text := q.Texts[at].Text
	q.Texts = slices.Delete(q.Texts, at, at+1)
	return q.remember(number, text), nil
}

// drop forgets a text (send-queue.drop).
func (q *SendQueue) drop(number uint64) error {
	at, err := q.unfinished(number)
	if err == nil {
		q.Texts = slices.Delete(q.Texts, at, at+1)
	}
	return err
}

// anyNotice is a notice of a session.
type anyNotice struct{ notice any }

// UnmarshalStrict reads the notice.
func (n *anyNotice) UnmarshalStrict(value any) error {
	kinds := map[string]any{
		"message": &messageNotice{}, "acknowledged": &acknowledged{}, "not-acknowledged": &notAcknowledged{},
		"not-accepted": &notAccepted{}, "not-decrypted": &notDecrypted{}, "operation": &operationNotice{},
		"membership": &membershipNotice{}, "present": &membersNotice{}, "order-unconfirmed": &membersNotice{},
		"leaving": &memberNotice{}, "expired": &memberNotice{}, "back": &memberNotice{}, "ended": &ended{}, "security": &security{},
		"history-missing": &historyMissing{}, "plain": &plainNotice{}, "not-joined": &notJoined{},
	}
	notice, err := strict.Union(value, kinds)
	n.notice = notice
	return err
}

func registerSendQueue(p *peer.Peer, all sessionHandles) {
	strict.Register(p, "send-queue.begin", func(params struct {
		On        handles.Name `json:"on"`
		Me        Name         `json:"me"`
		SendLater flag         `json:"sendLater"`
	}) (peer.Output, error) {
		return all.begin(params.On, func(h *sessionHandle) {
			h.Queue = &SendQueue{Me: params.Me, SendLater: bool(params.SendLater)}
		})
	})
	change := func(on handles.Name, operate func(*SendQueue) ([]string, error)) (peer.Output, error) {
		return all.Change(on, func(h *sessionHandle) (peer.Output, error) {
			queue, err := part(h.Queue)
			if err != nil {
				return nil, err
			}
			sent, err := operate(queue)
			return peer.Output{"send": sent}, err
		})
	}
	strict.Register(p, "send-queue.write", func(params struct {
		On   handles.Name `json:"on"`
		Text string       `json:"text"`
	}) (peer.Output, error) {
		return change(params.On, func(queue *SendQueue) ([]string, error) { return queue.write(params.Text), nil })
	})
	strict.Register(p, "send-queue.note", func(params struct {
		On      handles.Name `json:"on"`
		Notices []anyNotice  `json:"notices"`
	}) (peer.Output, error) {
		notices := make([]any, len(params.Notices))
		for i, one := range params.Notices {
			notices[i] = one.notice
		}
		return change(params.On, func(queue *SendQueue) ([]string, error) { return queue.note(notices), nil })
	})
	type numbered struct {
		On     handles.Name `json:"on"`
		Number uint64       `json:"number"`
	}
	strict.Register(p, "send-queue.send-by-hand", func(params numbered) (peer.Output, error) {
		return change(params.On, func(queue *SendQueue) ([]string, error) { return queue.sendByHand(params.Number) })
	})
	strict.Register(p, "send-queue.drop", func(params numbered) (peer.Output, error) {
		return all.Change(params.On, func(h *sessionHandle) (peer.Output, error) {
			queue, err := part(h.Queue)
			if err != nil {
				return nil, err
			}
			return nil, queue.drop(params.Number)
		})
	})
	strict.Register(p, "send-queue.look", func(params onlyHandle) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		queue, err := part(h.Queue)
		if err != nil {
			return nil, err
		}
		return peer.Output{"texts": list(queue.Texts), "parents": queue.logicalParents()}, nil
	})
}
