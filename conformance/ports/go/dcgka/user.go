package dcgka

// A user is what the handles of the layers up to broadcast hold.
type user struct {
	Keys      *keyring
	Channel   *channel
	Group     *group
	Broadcast *broadcast
}

func newUser(name string, seed key) *user {
	keys := newKeyring(name, seed)
	return &user{Keys: keys, Group: newGroup(), Broadcast: newBroadcast(keys)}
}

// Clone implements peer.State.
func (u *user) Clone() *user {
	c := *u
	c.Keys = u.Keys.clone()
	c.Group = u.Group.clone()
	c.Broadcast = u.Broadcast.clone(c.Keys)
	if u.Channel != nil {
		c.Channel = u.Channel.clone()
	}
	return &c
}

func (u *user) learn(bundle []byte, now uint64) error {
	_, err := u.Keys.learn(bundle, now)
	return err
}
