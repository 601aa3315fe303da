package mpenc

import (
	"errors"
	"regexp"
)

// What a session asks of the channel, and what it tells its user (chapter "notices").

type sendRequest struct {
	Type       string `json:"type"`
	Recipients []Name `json:"recipients"`
	Text       string `json:"text"`
}

type channelRequest struct {
	Type string `json:"type"`
}

type membersRequest struct {
	Type    string `json:"type"`
	Members []Name `json:"members"`
}

type messageNotice struct {
	Type      string    `json:"type" is:"message"`
	ID        MessageID `json:"id"`
	Author    Name      `json:"author"`
	Text      string    `json:"text"`
	Members   []Name    `json:"members"`
	Positions []uint64  `json:"positions"`
	Marked    bool      `json:"marked"`
	IsEarlier bool      `json:"isEarlier"`
}

type acknowledged struct {
	Type string    `json:"type" is:"acknowledged"`
	ID   MessageID `json:"id"`
}

type notAcknowledged struct {
	Type string    `json:"type" is:"not-acknowledged"`
	ID   MessageID `json:"id"`
	By   []Name    `json:"by"`
	Last bool      `json:"last"`
}

type notAccepted struct {
	Type    string      `json:"type" is:"not-accepted"`
	ID      MessageID   `json:"id"`
	Author  Name        `json:"author"`
	Missing []MessageID `json:"missing"`
}

type notDecrypted struct {
	Type   string `json:"type" is:"not-decrypted"`
	Sender Name   `json:"sender"`
	Size   uint64 `json:"size"`
}

type operationNotice struct {
	Type    string    `json:"type" is:"operation"`
	Stage   string    `json:"stage" is:"proposed late rejected started succeeded failed"`
	ID      *PacketID `json:"id"`
	By      *Name     `json:"by"`
	Include []Name    `json:"include"`
	Exclude []Name    `json:"exclude"`
}

type membershipNotice struct {
	Type    string      `json:"type" is:"membership"`
	Remain  []Name      `json:"remain"`
	Include []Name      `json:"include"`
	Exclude []Name      `json:"exclude"`
	Parents []MessageID `json:"parents"`
}

type membersNotice struct {
	Type    string `json:"type" is:"present order-unconfirmed"`
	Members []Name `json:"members"`
}

type memberNotice struct {
	Type   string `json:"type" is:"leaving expired back"`
	Member Name   `json:"member"`
}

type ended struct {
	Type string `json:"type" is:"ended"`
	Good bool   `json:"good"`
}

type security struct {
	Type   string `json:"type" is:"security"`
	Clause clause `json:"clause"`
	Member Name   `json:"member"`
}

type historyMissing struct {
	Type string      `json:"type" is:"history-missing"`
	IDs  []MessageID `json:"ids"`
}

type plainNotice struct {
	Type   string `json:"type" is:"plain"`
	Sender Name   `json:"sender"`
	Text   string `json:"text"`
}

type notJoined struct {
	Type string `json:"type" is:"not-joined"`
}

// clause is the name of a clause.
type clause string

var clauseForm = regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9-]+$`)

// UnmarshalText reads the name.
func (c *clause) UnmarshalText(text []byte) error {
	*c = clause(text)
	if !clauseForm.Match(text) {
		return errors.New("no clause")
	}
	return nil
}
