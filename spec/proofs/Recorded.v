(** The chapter "key-agreement", what is recorded: updates, and the acknowledgements of updates, may be left out of the
    history. With them, as in Acknowledgements.v, and without them all views are the same. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipRemoval MembershipForGood.
From Conclave Require Import Acknowledgements.
Import ListNotations.

Lemma members_without ops B (g : op -> bool) :
  (forall o, In o ops -> g o = false -> additions_of o = [] /\ forall a, In a (additions ops) ->
    removes o (added a) = false) -> members (filter g ops) B = members ops B.
Proof.
  intros H; assert (Ad : forall a, In a (additions (filter g ops)) <-> In a (additions ops)).
  { intros a; rewrite !additions_change, filter_In; split; [tauto|]; intros [I J]; split; auto; split; auto.
    destruct (g (by_op a)) eqn:G; auto; destruct (H _ I G) as [E _]; rewrite E in J; destruct J. }
  assert (Rm : forall a r, In a (additions ops) -> In r ops -> removes r (added a) = true -> g r = true).
  { intros a r Ia Ir R; destruct (g r) eqn:G; auto; destruct (H r Ir G) as [_ X]; rewrite (X a Ia) in R; discriminate. }
  assert (Ed : forall a b, In a (additions ops) -> edge (filter g ops) B a b = edge ops B a b).
  { intros a b J; unfold edge; f_equal; f_equal; f_equal; unfold cancelled; apply bool_ext; rewrite !existsb_exists.
    split; intros [q [Iq E]]; exists q; split; auto; [now apply filter_In in Iq|]; apply filter_In; split; auto.
    apply (Rm a); auto; apply andb_true_iff in E; destruct E as [E _]; apply andb_true_iff in E; tauto. }
  assert (Re : forall a, Reach (filter g ops) B a <-> Reach ops B a).
  { intros a; split; induction 1 as [a J E|a b R IH J E].
    - apply Reach_root; auto; now apply Ad.
    - apply Reach_edge with a; auto; [now apply Ad|]; rewrite <- Ed; auto; now apply Reach_In in IH.
    - apply Reach_root; auto; now apply Ad.
    - apply Reach_edge with a; auto; [now apply Ad|]; rewrite Ed; auto; now apply Reach_In in R. }
  apply asc_ext; try apply ascending_asc; intros u; rewrite !members_In; split; intros [a [R [E O]]]; exists a;
    split; try now apply Re.
  - split; auto; intros q Iq X; apply O; auto; apply filter_In; split; auto; apply (Rm a); [|auto|congruence].
    apply Re in R; now apply Reach_In in R.
  - split; auto; intros q Iq X; apply O; auto; now apply filter_In in Iq.
Qed.

Section Recorded.
  (** Which messages are updates: they stand here as removals of somebody who is never added. *)
  Variables (updates : user -> N -> bool) (nobody : user).
  Definition never_added (t : history) : Prop := (forall a, In a (additions t) -> added a <> nobody) /\
    forall o, In o t -> is_change o = true -> updates (sender o) (seqno o) = true -> what o = Remove nobody.
  (** Updates and their acknowledgements are not recorded (key-agreement.record-every-ack). *)
  Definition is_recorded (o : op) : bool :=
    match what o with Ack s q => negb (updates s q) | _ => negb (updates (sender o) (seqno o)) end.
  Definition recorded (t : history) : history := filter is_recorded t.

  Lemma recorded_change o : is_change o = true -> is_recorded o = negb (updates (sender o) (seqno o)).
  Proof. unfold is_change, is_recorded; destruct (what o); auto; discriminate. Qed.
  Lemma recorded_addition t a : never_added t -> In a (additions t) -> is_recorded (by_op a) = true.
  Proof.
    intros [_ U] I; apply additions_change in I; destruct I as [I J]; pose proof (additions_of_change a J) as C.
    rewrite recorded_change, negb_true_iff; auto; destruct (updates _ _) eqn:E; auto; exfalso.
    specialize (U _ I C E); unfold additions_of in J; rewrite U in J; destruct J.
  Qed.
  Lemma recorded_create t o : never_added t -> In o t -> is_create o = true -> is_recorded o = true.
  Proof.
    intros [_ U] I C; assert (Cc : is_change o = true) by (unfold is_create, is_change in *; now destruct (what o)).
    rewrite recorded_change, negb_true_iff; auto; destruct (updates _ _) eqn:E; auto; exfalso.
    specialize (U o I Cc E); unfold is_create in C; rewrite U in C; discriminate.
  Qed.
  Lemma never_tail o r : never_added (o :: r) -> never_added r.
  Proof.
    intros [A U]; split; [|intros x I; apply U; now right].
    intros a I; apply A; apply additions_change in I; apply additions_change; simpl; tauto.
  Qed.
  Lemma recorded_acked o c : acks o c = true -> is_change c = true -> is_recorded o = is_recorded c.
  Proof.
    intros A C; rewrite (recorded_change c C); unfold acks, is_recorded in *; destruct (what o) as [| | |s q];
      try discriminate.
    apply andb_true_iff in A; destruct A as [A1 A2]; apply N.eqb_eq in A1, A2; now subst.
  Qed.

  Lemma recorded_valid t : accepted t -> never_added t -> valid (recorded t) /\ recorded t <> [].
  Proof.
    intros A; induction A as [z ms W Im|o r A IH V C K]; intros Na.
    - unfold recorded; simpl; rewrite (recorded_create [z]); auto; [|now left|unfold is_create; now rewrite W].
      split; [now apply valid_create with ms|discriminate].
    - destruct (IH (never_tail o r Na)) as [Vr Nr]; unfold recorded in *; simpl; destruct (is_recorded o) eqn:E; auto.
      split; [|discriminate]; apply valid_more; auto.
      + intros p I; apply filter_In in I; apply (valid_rises o r V); tauto.
      + intros s q Wo; destruct (valid_ack (o :: r) V o s q (or_introl eq_refl) Wo) as [c [[<-|Ic] [Cc [Sc Qc]]]].
        { unfold is_change in Cc; rewrite Wo in Cc; discriminate. }
        exists c; split; auto; apply filter_In; split; auto; rewrite <- (recorded_acked o c); auto.
        unfold acks; rewrite Wo, Sc, Qc, !N.eqb_refl; auto.
  Qed.

  Lemma recorded_suffices t : accepted t -> never_added t ->
    (forall d c, In c t -> is_change c = true -> is_recorded c = true -> is_change d = true -> is_recorded d = true ->
      before t d c = true -> before (recorded t) d c = true) /\
    (forall p d, is_change d = true -> is_recorded d = true -> In d (known t (of_user p)) ->
      In d (known (recorded t) (of_user p))).
  Proof.
    intros A; induction A as [z ms W Im|o r A IH V C K]; intros Na.
    - assert (E : recorded [z] = [z]); [|rewrite E; split; auto].
      unfold recorded; simpl; rewrite (recorded_create [z]); auto; [now left|unfold is_create; now rewrite W].
    - pose proof (never_tail o r Na) as Nt; destruct (IH Nt) as [IHb IHk]; clear IH.
      pose proof (accepted_more o r A V C K) as A'; destruct (recorded_valid (o :: r) A' Na) as [V' _].
      destruct (recorded_valid r A Nt) as [Vr' Nr']; pose proof (valid_tail _ _ V) as Vr.
      assert (More : forall p d, In d (known (recorded r) (of_user p)) -> In d (known (recorded (o :: r)) (of_user p))).
      { intros p d; unfold recorded in *; simpl in *; destruct (is_recorded o); auto; now apply knows_more. }
      assert (Older : forall d c, In c r -> is_recorded c = true -> before (recorded r) d c = true ->
        before (recorded (o :: r)) d c = true).
      { intros d c Ic Rc B; unfold recorded in *; simpl in *; destruct (is_recorded o); auto.
        rewrite older_before; auto; apply filter_In; auto. }
      (* A member that has sent something has something recorded. *)
      assert (Own : forall one, In one r -> exists own, In own (recorded r) /\ sender own = sender one).
      { intros one J; destruct (began r one A J) as [a [Ia [Ea Ka]]].
        assert (Ca : is_change (by_op a) = true) by (apply additions_of_change; apply additions_change in Ia; tauto).
        apply (IHk (sender one)) in Ka; auto; [|now apply recorded_addition with r].
        apply knows_In in Ka; destruct Ka as [_ [own [Jo [So _]]]]; exists own; auto. }
      assert (Create_ : forall d, In d r -> is_create d = true -> In d (recorded r)).
      { intros d Id Cd; apply filter_In; split; auto; now apply recorded_create with r. }
      assert (Cut_ : forall d, is_change d = true -> is_recorded d = true -> In d (known r (of_user (sender o))) ->
        is_recorded o = true -> before (recorded (o :: r)) d o = true).
      { intros d Cd Rd Kd Ro; apply (IHk (sender o)) in Kd; auto; apply knows_In in Kd.
        destruct Kd as [Id [one [J [S B]]]]; unfold recorded in *; simpl in *; rewrite Ro in *.
        assert (B1 : before (o :: filter is_recorded r) one o = true).
        { apply same_sender_before; auto; [now right|now left|]; apply (valid_rises o _ V'); auto. }
        destruct B as [->|B]; auto; apply before_trans with one; auto; [now apply valid_NoDup|].
        rewrite older_before; auto. }
      assert (First : is_recorded o = true -> forall d, In d r -> is_create d = true ->
        before (recorded (o :: r)) d o = true).
      { intros Ro d Id Cd; pose proof (Create_ d Id Cd) as Jd; unfold recorded in *; simpl in *; rewrite Ro in *.
        apply (create_first_of_all _ V' d); auto; [now right|now left|intros E; rewrite E in C; congruence]. }
      split.
      + intros d c [<-|Ic] Cc Rc Cd Rd B; [|apply Older; auto; apply IHb; auto; now rewrite older_before in B].
        assert (Kd : In d (known (o :: r) (of_user (sender o)))).
        { apply knows_In; split; [apply before_In in B; [tauto|now apply valid_NoDup]|]; exists o; split;
          [now left|auto]. }
        apply knows_new in Kd; auto; destruct Kd as [E|[Kd|[Z|[c [_ [Ac _]]]]]].
        * subst d; rewrite before_irrefl in B; [discriminate|now apply valid_NoDup].
        * now apply Cut_.
        * apply First; auto; apply before_In in B; [|now apply valid_NoDup]; destruct B as [[E|I] _]; auto; congruence.
        * rewrite change_no_ack in Ac; auto; discriminate.
      + intros p d Cd Rd Kd; destruct (N.eq_dec p (sender o)) as [->|Np].
        2: { apply More, IHk; auto; now apply (knows_old o). }
        assert (New : is_recorded o = true -> In d r -> before (recorded (o :: r)) d o = true ->
          In d (known (recorded (o :: r)) (of_user (sender o)))).
        { intros Ro Id B; apply knows_In; split; [apply filter_In; split; [now right|auto]|]; exists o; split;
          [apply filter_In; split; [now left|auto]|auto]. }
        pose proof Kd as Kd0; apply knows_In in Kd0; destruct Kd0 as [Id _].
        apply knows_new in Kd; auto; destruct Kd as [E|[Kd|[Z|[c [Ic [Ac H]]]]]].
        * subst d; apply knows_In; split; [|exists o; split; [|auto]]; (apply filter_In; split; [now left|auto]).
        * apply More, IHk; auto.
        * destruct Id as [E|Id]; [congruence|].
          destruct (k_member r o K) as [_ [[one [J S]]|[c [Ic [Ac [a [Ia Ea]]]]]]].
          -- destruct (Own one J) as [own [Jo So]]; apply More; apply knows_create with own; auto; congruence.
          -- pose proof (of_addition c a Ia) as E; subst c.
             assert (Ro : is_recorded o = true).
             { rewrite (recorded_acked o (by_op a)); auto; [|now apply additions_of_change].
               apply recorded_addition with r; auto; now apply additions_change. }
             apply New; auto.
        * destruct Id as [E|Id]; [subst d; rewrite change_no_ack in Ac; auto; discriminate|].
          assert (Cc : is_change c = true).
          { unfold acks in Ac; destruct (what o) as [| | |s q] eqn:W; try discriminate; apply andb_true_iff in Ac;
            destruct Ac as [A1 A2]; apply N.eqb_eq in A1, A2; subst.
            destruct (valid_ack (o :: r) V o _ _ (or_introl eq_refl) W) as [c' [[<-|Ic'] [Cc' [Sc Qc]]]];
              [unfold is_change in Cc'; rewrite W in Cc'; discriminate|].
            rewrite (valid_unique r Vr c c'); auto. }
          destruct (is_recorded o) eqn:Ro.
          -- pose proof Ro as Rc; rewrite (recorded_acked o c Ac Cc) in Rc; apply New; auto.
             assert (Bo : before (recorded (o :: r)) c o = true).
             { apply direct_before; auto; [apply filter_In; split; [now right|auto]|apply filter_In; split;
                 [now left|auto]|now apply (older_not_new o r)|]; unfold direct; rewrite Ac; apply orb_true_r. }
             destruct H as [->|H]; auto; apply before_trans with c; auto; now apply valid_NoDup.
          -- assert (Has : exists one, In one r /\ sender one = sender o).
             { destruct (k_member r o K) as [_ [Has|[c' [Ic' [Ac' [a [Ia Ea]]]]]]]; auto; exfalso.
               assert (c' = c) as -> by (now apply (acked_unique o r)).
               rewrite (recorded_acked o c Ac Cc), <- (of_addition c a Ia), (recorded_addition r a Nt) in Ro;
                 [discriminate|]; apply additions_change; rewrite (of_addition c a Ia); auto. }
             destruct H as [->|H]; [rewrite (recorded_acked o c Ac Cc) in Ro; congruence|].
             apply More, IHk; auto; now apply (k_complete r o K c Ic Ac Has d).
  Qed.

  Lemma recorded_before t : accepted t -> never_added t -> forall d c, before (recorded t) d c = true ->
    before t d c = true.
  Proof.
    intros A Na d c B; pose proof (accepted_valid t A) as V; destruct (recorded_valid t A Na) as [V' _].
    apply before_is_closure; auto; apply before_is_closure in B; auto; revert B; apply lt_mono.
    intros x I; now apply filter_In in I.
  Qed.

  (** [key-agreement.record-every-ack] Updates and their acknowledgements need not be recorded,
      where all keep the rules: a view as of a sender's last message is the same with and without them. *)
  Theorem recorded_views t p : accepted t -> never_added t -> last_view (recorded t) p = last_view t p.
  Proof.
    intros A Na; pose proof (accepted_valid t A) as V; destruct (recorded_valid t A Na) as [V' _].
    destruct (recorded_suffices t A Na) as [Sb Sk]; unfold last_view.
    rewrite <- (members_without (known t (of_user p)) (before t) (fun o => negb (is_change o && negb (is_recorded o)))).
    - apply members_same.
      + intros x Cx; rewrite filter_In, Cx; simpl; rewrite negb_involutive; split.
        * intros K; apply known_In in K; destruct K as [I [one [J [O B]]]]; apply filter_In in I, J; split; [|tauto].
          apply known_In; split; [tauto|]; exists one; split; [tauto|]; split; auto.
          destruct B as [B|B]; auto; right; now apply recorded_before.
        * intros [K R]; now apply Sk.
      + intros x y Ix Iy Cx Cy; apply known_In in Ix, Iy; destruct Ix as [Ix _], Iy as [Iy _].
        apply filter_In in Ix, Iy; apply bool_ext; split; [now apply recorded_before|apply Sb; tauto].
    - intros o Io G; apply negb_false_iff, andb_true_iff in G; destruct G as [C R]; apply negb_true_iff in R.
      rewrite recorded_change in R; auto; apply negb_false_iff in R; destruct Na as [Na U].
      apply known_In in Io; destruct Io as [Io _]; specialize (U o Io C R).
      split; [unfold additions_of; now rewrite U|].
      intros a Ia; unfold removes; rewrite U; apply N.eqb_neq; intros E; apply (Na a); auto.
      apply additions_change in Ia; apply additions_change; split; [|tauto]; destruct Ia as [Ia _].
      now apply known_In in Ia.
  Qed.
End Recorded.
