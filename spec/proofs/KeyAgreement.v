(** The chapter "key-agreement": what its rules about views and acknowledgements guarantee,
    by the definitions of the chapter "group-membership". *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipRemoval MembershipForGood.
Import ListNotations.

(** What is directly before an operation, of what is before it. *)
Lemma before_last h : valid h -> forall a o, before h a o = true ->
  exists d, In d h /\ d <> o /\ direct d o = true /\ (a = d \/ before h a d = true).
Proof.
  intros V a o B; pose proof (valid_NoDup _ V) as D; destruct (before_In h D a o B) as [_ Io].
  destruct (in_split _ _ Io) as [l [t ->]].
  assert (Vo : valid (o :: t)). { revert V; clear; induction l; simpl; auto; intros V; apply IHl;
    now apply valid_tail in V. }
  rewrite before_stable in B; [|auto|now left].
  apply before_new in B; [|apply valid_NoDup; now apply valid_tail in Vo]; destruct B as [d [I [E H]]].
  assert (N : d <> o) by (intros ->; now apply (valid_fresh _ _ Vo)).
  exists d; split; [apply in_or_app; right; now right|]; repeat split; auto.
  destruct H as [->|H]; auto; right; rewrite before_stable; [|auto|now right]; rewrite before_old; auto.
Qed.

Definition closed_in (h : history) (f : op -> bool) : Prop := forall a b, In b h -> f b = true ->
  before h a b = true -> f a = true.

Lemma members_by f g h : (forall x, In x h -> is_change x = true -> f x = g x) ->
  members (filter f h) (before h) = members (filter g h) (before h).
Proof. intros E; apply members_same; auto; intros x C; rewrite !filter_In; split; intros [I F]; split; auto;
  [rewrite <- E|rewrite E]; auto. Qed.
Lemma members_known h own : members (known h own) (before h) = members (filter (fun x => mem x (known h own)) h)
  (before h).
Proof.
  apply members_same; auto; intros x _; rewrite filter_In, mem_In; split; [intros I; split; auto;
    now apply known_In in I|tauto].
Qed.
Lemma members_closed f h : valid h -> closed_in h f ->
  members (filter f h) (before h) = members (filter f h) (before (filter f h)).
Proof. intros V C; apply members_same; [tauto|]; intros x y _ Iy _ _; symmetry; now apply filter_before. Qed.

(** One change more brings in nobody but whom it adds. *)
Lemma one_more h f c P : valid h -> closed_in h f -> In c h -> f c = false -> (forall x, before h x c = true ->
  f x = true) ->
  is_create c = false -> is_change c = true -> (exists x, In x h /\ f x = true) ->
  In P (members (filter (fun x => f x || eqb x c) h) (before h)) ->
    In P (members (filter f h) (before h)) \/ what c = Add P.
Proof.
  intros V C Ic Fc Bc Nc Cc [e [Ie Fe]].
  assert (Cg : closed_in h (fun x => f x || eqb x c)).
  { intros a b Ib Fb B; apply orb_true_iff; left; apply orb_true_iff in Fb; destruct Fb as [Fb|Fb];
    [now apply C with b|].
    apply eqb_eq in Fb; subst b; auto. }
  pose proof (filter_valid f h V C) as Vf; pose proof (filter_valid _ h V Cg) as Vg.
  assert (Vc : valid (c :: filter f h)).
  { apply valid_more; auto.
    - intros E; assert (X : In e (filter f h)) by (apply filter_In; auto); rewrite E in X; destruct X.
    - intros p I E; apply filter_In in I; destruct I as [I F].
      destruct (N.lt_trichotomy (seqno p) (seqno c)) as [L|[L|L]]; auto; exfalso.
      + assert (p = c) by (apply (valid_unique h V); auto); subst; congruence.
      + assert (B : before h c p = true) by (apply same_sender_before; auto); rewrite (C c p) in Fc; auto; discriminate.
    - intros s n W; unfold is_change in Cc; rewrite W in Cc; discriminate. }
  rewrite (members_closed _ h V Cg), (members_convergent _ (c :: filter f h) Vg Vc).
  - rewrite (members_closed f h V C); destruct (what c) as [ms|v|v|s n] eqn:W.
    + unfold is_create in Nc; rewrite W in Nc; discriminate.
    + intros I; destruct (add_adds_one _ c Vc v P W I) as [->|]; auto.
    + intros I; left; now apply (remove_adds_nobody _ c Vc v P W).
    + unfold is_change in Cc; rewrite W in Cc; discriminate.
  - intros x; rewrite filter_In, orb_true_iff, eqb_eq; simpl; rewrite filter_In; split; [intros [I [F| ->]];
    auto|intros [<-|[I F]]; auto].
Qed.

Section Rules.
  Variable h : history.
  Hypothesis V : valid h.

  (** The rules that members keep (key-agreement.sender-member, key-agreement.ack-complete). *)
  (** The first message of a sender has the number 1 and is recorded: the create,
      or the ack of the create or add that brought it in. *)
  Definition begins := forall o, In o h -> exists o1, In o1 h /\ sender o1 = sender o /\ seqno o1 = 1%N.
  (** Whoever acknowledges a change, but with its first message,
      knew all changes before that one as of its message before. *)
  Definition ack_complete := forall o c, In o h -> In c h -> acks o c = true -> is_change c = true -> (1 < seqno o)%N ->
    forall d, is_change d = true -> before h d c = true -> In d (known_to h (sender o) (N.pred (seqno o))).
  (** Whoever sends an add is a member in its own view as of it, and does not add itself. *)
  Definition sender_member := forall o y, In o h -> what o = Add y ->
    In (sender o) (member_view h (sender o) (seqno o)) /\ sender o <> y.

  Hypothesis Begins : begins.
  Hypothesis Ack_complete : ack_complete.

  Lemma known_to_In X n x : In x (known_to h X n) <-> In x h /\ exists one, In one h /\ sender one = X /\
    (seqno one <= n)%N /\ (x = one \/ before h x one = true).
  Proof.
    unfold known_to; rewrite known_In; split; intros [I [one [J [O B]]]]; split; auto; exists one.
    - unfold of_user_up_to in O; apply andb_true_iff in O; destruct O as [O1 O2]; apply N.eqb_eq in O1;
      apply N.leb_le in O2; auto.
    - destruct B as [L B]; repeat split; auto; unfold of_user_up_to; apply andb_true_iff; split;
      [now apply N.eqb_eq|now apply N.leb_le].
  Qed.

  Lemma known_to_closed X n : closed_in h (fun x => mem x (known_to h X n)).
  Proof. intros a b Ib F B; apply mem_In in F; apply mem_In; unfold known_to in *; eapply known_closed; eauto;
    now apply valid_NoDup. Qed.

  (** What the operation numbered n + 1 is, if there is one. *)
  Lemma news X n : (1 <= n)%N -> forall x, In x (known_to h X (N.succ n)) -> In x (known_to h X n) \/
    exists o, In o h /\ sender o = X /\ seqno o = N.succ n /\ (x = o \/ exists c, In c h /\ acks o c = true /\
      (x = c \/ before h x c = true)).
  Proof.
    intros L x I; apply known_to_In in I; destruct I as [I [o [Io [So [Lo B]]]]].
    destruct (N.eq_dec (seqno o) (N.succ n)) as [E|E]; [|left; apply known_to_In; split; auto; exists o;
      repeat split; auto; lia].
    destruct B as [->|B]; [right; exists o; auto 6|].
    destruct (before_last h V x o B) as [d [Id [Nd [Dd H]]]]; unfold direct in Dd; apply orb_true_iff in Dd;
      destruct Dd as [Dd|Dd].
    - left; apply orb_true_iff in Dd; destruct Dd as [Dd|Dd].
      + assert (x = d) as -> by (destruct H as [H|H]; auto; rewrite (proj1 (create_first_of_all h V d Id Dd)) in H;
        discriminate).
        destruct (Begins o Io) as [o1 [I1 [S1 N1]]]; apply known_to_In; split; auto; exists o1; split; [auto|];
          split; [congruence|]; split; [lia|].
        destruct (op_eq_dec o1 d); auto; right; now apply (proj2 (create_first_of_all h V d Id Dd)).
      + apply andb_true_iff in Dd; destruct Dd as [D1 D2]; apply N.eqb_eq in D1; apply N.ltb_lt in D2.
        apply known_to_In; split; auto; exists d; split; [auto|]; split; [congruence|]; split; [lia|auto].
    - right; exists o; repeat split; auto; right; exists d; auto.
  Qed.

  (** [key-agreement.ack-complete] With each message a member comes to know at most one change: its own,
      or the one that it acknowledges. *)
  Theorem one_change_a_message X n x : (1 <= n)%N -> is_change x = true -> In x (known_to h X (N.succ n)) ->
    In x (known_to h X n) \/ exists o, In o h /\ sender o = X /\ seqno o = N.succ n /\ (x = o \/ acks o x = true).
  Proof.
    intros L C I; destruct (news X n L x I) as [K|[o [Io [So [No H]]]]]; auto.
    destruct H as [->|[c [Ic [A H]]]]; [right; exists o; auto|].
    destruct H as [->|B]; [right; exists o; auto|]; left.
    assert (Cc : is_change c = true).
    { unfold acks in A; destruct (what o) as [| | |s q] eqn:W; try discriminate; apply andb_true_iff in A;
      destruct A as [A1 A2]; apply N.eqb_eq in A1, A2.
      destruct (valid_ack h V o s q Io W) as [c' [Ic' [Cc' [Es Eq]]]];
        assert (c = c') as -> by (apply (valid_unique h V); auto; congruence); auto. }
    replace n with (N.pred (seqno o)) by lia; rewrite <- So; apply (Ack_complete o c); auto; lia.
  Qed.

  (** [key-agreement.ack-once] The history itself says who has acknowledged a change: who knows it either has sent it,
      or has acknowledged it, or knew it as of its first message. *)
  Theorem who_knows_has_acknowledged X x : is_change x = true -> forall n, (1 <= n)%N -> In x (known_to h X n) ->
    In x (known_to h X 1) \/ exists o, In o h /\ sender o = X /\ (1 < seqno o <= n)%N /\ (x = o \/ acks o x = true).
  Proof.
    intros C n; induction n as [|n IH] using N.peano_ind; intros L I; [lia|].
    destruct (N.eq_dec n 0) as [->|Nz]; [left; exact I|].
    destruct (one_change_a_message X n x ltac:(lia) C I) as [K|[o [Io [So [No H]]]]].
    - destruct (IH ltac:(lia) K) as [?|[o [Io [So [No H]]]]]; auto; right; exists o; repeat split; auto; lia.
    - right; exists o; repeat split; auto; lia.
  Qed.

  (** [key-agreement.ack-complete] Nobody comes into a view but by an add of it that the member sends,
      or acknowledges, with that message. *)
  Theorem comes_in_by_its_addition X n P : (1 <= n)%N -> ~ In P (member_view h X n) ->
    In P (member_view h X (N.succ n)) ->
    exists o, In o h /\ sender o = X /\ seqno o = N.succ n /\ (what o = Add P \/ exists c, In c h /\
      acks o c = true /\ what c = Add P).
  Proof.
    intros L Out; unfold member_view in *; unfold known_to in Out; rewrite members_known in Out;
      fold (known_to h X n) in Out.
    unfold known_to; rewrite members_known; fold (known_to h X (N.succ n)); intros Inn.
    set (K := fun x => mem x (known_to h X n)) in *; set (K' := fun x => mem x (known_to h X (N.succ n))) in *.
    assert (Grow : forall x, K x = true -> K' x = true).
    { intros x; unfold K, K'; rewrite !mem_In; apply known_grows; lia. }
    (* Only one change is new. *)
    assert (New : exists c o, In c h /\ is_change c = true /\ K c = false /\ K' c = true /\ In o h /\ sender o = X /\
      seqno o = N.succ n /\ (c = o \/ acks o c = true)).
    { destruct (existsb (fun c => is_change c && negb (K c) && K' c) h) eqn:E.
      - apply existsb_exists in E; destruct E as [c [Ic E]]; apply andb_true_iff in E; destruct E as [E E3];
        apply andb_true_iff in E; destruct E as [E1 E2].
        apply negb_true_iff in E2; pose proof E3 as E3'; unfold K' in E3'; apply mem_In in E3'.
        destruct (one_change_a_message X n c L E1 E3') as [H|[o [Io [So [No H]]]]].
        + apply mem_In in H; unfold K in E2; congruence.
        + exists c, o; repeat split; auto.
      - exfalso; apply Out; erewrite members_by; [exact Inn|]; intros x Ix Cx; apply bool_ext; split; auto.
        intros H; destruct (K x) eqn:Kx; auto; exfalso; apply not_true_iff_false in E; apply E, existsb_exists;
          exists x; split; auto; now rewrite Cx, Kx, H. }
    destruct New as [c [o [Ic [Cc [Kc [Kc' [Io [So [No H]]]]]]]]].
    assert (One : forall x, In x h -> is_change x = true -> K' x = K x || eqb x c).
    { intros x Ix Cx; apply bool_ext; rewrite orb_true_iff, eqb_eq; split; [|intros [F| ->]; auto].
      intros F; pose proof F as F'; unfold K' in F'; apply mem_In in F';
        destruct (one_change_a_message X n x L Cx F') as [G|[o' [Io' [So' [No' G]]]]].
      - left; now apply mem_In.
      - right; assert (o' = o) as -> by (apply (valid_unique h V); auto; congruence).
        destruct G as [->|G], H as [->|H]; auto.
        + unfold acks, is_change in *; destruct (what o); discriminate.
        + unfold acks, is_change in *; destruct (what o); discriminate.
        + unfold acks in G, H; destruct (what o) as [| | |s q]; try discriminate.
          apply andb_true_iff in G, H; destruct G as [G1 G2], H as [H1 H2]; apply N.eqb_eq in G1, G2, H1, H2;
            apply (valid_unique h V); auto; congruence. }
    (* What is known, with all that is before the new change. *)
    set (f := fun x => K x || before h x c).
    assert (Cf : closed_in h f).
    { intros a b Ib F B; unfold f in *; apply orb_true_iff in F; apply orb_true_iff; destruct F as [F|F].
      - left; now apply (known_to_closed X n a b).
      - right; apply before_trans with b; auto; now apply valid_NoDup. }
    assert (Fk : forall x, In x h -> is_change x = true -> f x = K x).
    { intros x Ix Cx; unfold f; destruct (K x) eqn:Kx; auto; simpl; destruct (before h x c) eqn:B; auto; exfalso.
      assert (K' x = true) by (unfold K'; apply mem_In; unfold known_to; eapply known_closed;
        [now apply valid_NoDup| |exact B]; unfold K' in Kc'; now apply mem_In in Kc').
      rewrite One in H0; auto; rewrite Kx in H0; simpl in H0; apply eqb_eq in H0; subst x;
        rewrite before_irrefl in B; [discriminate|now apply valid_NoDup]. }
    assert (Nz : exists z, In z h /\ f z = true /\ is_create z = true).
    { destruct (valid_has_create h V) as [z [Iz Cz]]; [intros E; rewrite E in Ic; destruct Ic|].
      exists z; repeat split; auto; unfold f; apply orb_true_iff; left; apply mem_In, known_to_In; split; auto.
      destruct (Begins o Io) as [o1 [I1 [S1 N1]]]; exists o1; split; [auto|]; split; [congruence|]; split; [lia|].
      destruct (op_eq_dec o1 z); auto; right; now apply (proj2 (create_first_of_all h V z Iz Cz)). }
    destruct Nz as [z [Iz [Fz Cz]]].
    assert (Nc : is_create c = false).
    { destruct (is_create c) eqn:E; auto; exfalso; assert (c = z) by (eapply valid_one_create; eauto); subst z;
      rewrite Fk in Fz; auto; congruence. }
    destruct (one_more h f c P V Cf Ic) as [R|R]; auto.
    - unfold f; rewrite Kc; simpl; apply before_irrefl; now apply valid_NoDup.
    - intros x B; unfold f; rewrite B; apply orb_true_r.
    - exists z; auto.
    - erewrite members_by; [exact Inn|]; intros x Ix Cx; rewrite One; auto; now rewrite Fk.
    - exfalso; apply Out; erewrite members_by; [exact R|]; intros x Ix Cx; symmetry; now apply Fk.
    - exists o; repeat split; auto; destruct H as [<-|H]; auto; right; exists c; auto.
  Qed.

  (** [key-agreement.sender-member] An add by a member brings its new member into the view as of it. *)
  Theorem added_is_in o y : sender_member -> In o h -> what o = Add y -> In y (member_view h (sender o) (seqno o)).
  Proof.
    intros S Io W; destruct (S o y Io W) as [M Ne]; apply add_takes_effect; auto.
    set (f := fun x => before h x o); pose proof (valid_NoDup _ V) as D.
    assert (Nc : is_create o = false) by (unfold is_create; now rewrite W).
    destruct (one_more h f o (sender o) V) as [R|R]; auto.
    - intros a b Ib F B; unfold f in *; now apply before_trans with b.
    - unfold f; now apply before_irrefl.
    - unfold is_change; now rewrite W.
    - destruct (valid_has_create h V) as [z [Iz Cz]]; [intros E; rewrite E in Io; destruct Io|].
      exists z; split; auto; apply (proj2 (create_first_of_all h V z Iz Cz)); auto; congruence.
    - assert (E : members (filter (fun x => f x || eqb x o) h) (before h) = member_view h (sender o) (seqno o));
      [|now rewrite E].
      unfold member_view; apply members_same; auto; intros x _; rewrite filter_In, orb_true_iff, eqb_eq, known_as_of;
        auto; unfold f; tauto.
    - rewrite W in R; injection R as R; congruence.
  Qed.

  (** [key-agreement.ack-once] Nobody but those kept acknowledges an update: one who is not in the sender's view
      although the sender knew of its addition is in no own view as of a message that comes after the update. *)
  Theorem nobody_else_acknowledges s n y m : fresh h -> incl (known_to h s n) (known_to h y m) ->
    (exists a, In a (additions h) /\ added a = y /\ In (by_op a) (known_to h s n)) -> ~ In y (member_view h s n) ->
      ~ In y (member_view h y m).
  Proof.
    intros F Sub [a [Ia [Ea Ka]]] Out Inn; apply Out; unfold member_view in *.
    assert (Within : forall X k, incl (known_to h X k) h) by (intros X k x I; now apply known_to_In in I).
    apply (out_stays_out (known_to h s n) (known_to h y m) (before h) Sub) with (u := y); auto.
    - intros x z _ Iz B; unfold known_to in *; eapply known_closed; eauto; now apply valid_NoDup.
    - intros b c Ib Ic Eb Ec; apply F; [| |congruence]; apply additions_change in Ib, Ic; apply additions_change;
      split; try tauto; eapply Within; [apply Ib|apply Ic].
    - exists a; split; auto; apply additions_change; apply additions_change in Ia; tauto.
  Qed.

  (** [key-agreement.removed] Who is out of its own view is out of it for good, and so sends and takes nothing more. *)
  Theorem removed_for_good X n m : fresh h -> (n <= m)%N ->
    (exists a, In a (additions h) /\ added a = X /\ In (by_op a) (known_to h X n)) ->
    ~ In X (member_view h X n) -> ~ In X (member_view h X m).
  Proof. intros F L A; apply (nobody_else_acknowledges X n X m F); auto; now apply known_grows. Qed.
End Rules.
