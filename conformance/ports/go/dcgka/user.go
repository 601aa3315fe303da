package dcgka

// A user is what the handles of the layers up to broadcast hold.
type user struct {
	Keys    *keyring
	Channel *channel
	Group   *group
}

func newUser(name string, seed key) *user {
	return &user{Keys: newKeyring(name, seed), Group: newGroup()}
}

// Clone implements peer.State.
func (u *user) Clone() *user {
	c := *u
	c.Keys = u.Keys.clone()
	c.Group = u.Group.clone()
	if u.Channel != nil {
		c.Channel = u.Channel.clone()
	}
	return &c
}

func (u *user) learn(bundle []byte, now uint64) error {
	_, err := u.Keys.learn(bundle, now)
	return err
}
