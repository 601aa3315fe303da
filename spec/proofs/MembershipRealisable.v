(** What a new member checks of the history in a welcome (check-changes) is right but for the numbers: every list of
    changes that passes is kept of some whole history, when its numbers leave room for the acks. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipKept.
Import ListNotations.

(** What one ack more makes known. *)
Lemma known_at_ack o h p x i : valid (o :: h) -> what o = Ack (sender x) (seqno x) ->
  nth_error (changes h) p = Some x ->
  (known_at (o :: h) (sender o) i = true <-> known_at h (sender o) i = true \/ i = 0 \/ i = p \/ before_at h i p =
    true).
Proof.
  intros V W Ep; pose proof (valid_tail _ _ V) as V'; pose proof (valid_NoDup _ V') as D.
  assert (C : is_change o = false) by (unfold is_change; now rewrite W).
  assert (Ch : changes (o :: h) = changes h) by (rewrite changes_cons, C; auto).
  assert (Ix : In x h) by now apply nth_changes_In in Ep.
  assert (Lp : p < length (changes h)) by (apply nth_error_Some; congruence).
  assert (Ax : acks o x = true) by (unfold acks; rewrite W; now rewrite !N.eqb_refl).
  assert (Hn : h <> []) by (intros ->; destruct Ix).
  rewrite known_at_sender, Ch; auto; split.
  - intros [c [E [->|B]]]; [apply nth_changes_In in E; destruct E; congruence|].
    apply (before_new_at o h i c V E) in B; destruct B as [H|[H|[d [Id [Ad B]]]]]; auto; right; right.
    unfold acks in Ad; rewrite W in Ad; apply andb_true_iff in Ad; destruct Ad as [A1 A2]; apply N.eqb_eq in A1, A2.
    assert (d = x) by (eapply valid_unique; eauto; congruence); subst d.
    destruct B as [->|B]; [left; now apply (position_unique h D i p x)|right; apply before_at_true; exists c, x; auto].
  - intros H; assert (L : i < length (changes h)).
    { destruct H as [H|[->|[->|H]]]; auto; [now apply known_at_below in H|destruct (create_at_0 h V' Hn) as [z [E
      _]]; apply nth_error_Some; congruence|].
      apply before_at_lt in H; auto; lia. }
    destruct (nth_below _ _ L) as [c E]; exists c; split; auto; right; apply (before_new_at o h i c V E).
    destruct H as [H|[H|[H|H]]]; auto; right; right; exists x; repeat split; auto; [left; congruence|right].
    apply before_at_true in H; destruct H as [a [b [Ea [Eb B]]]]; congruence.
Qed.

Section Realise.
  Variable es : list (op * list nat).
  Variable wide : nat.
  Hypothesis Room : length es < wide.

  (** The same change, with a number that leaves room. *)
  Definition roomy (o : op) : op := Op (sender o) (N.of_nat wide * seqno o) (what o).
  Definition roomy_entry (e : op * list nat) := (roomy (fst e), snd e).

  Definition ebef (i j : nat) : Prop := i < j /\ exists o u, nth_error es j = Some (o, u) /\ ~ In i u.

  (** The checks. *)
  Hypothesis Begins : exists o ms, nth_error es 0 = Some (o, []) /\ what o = Create ms /\ In (sender o) ms.
  Hypothesis Changes : forall j o u, nth_error es j = Some (o, u) -> is_change o = true /\ (0 < j ->
    is_create o = false).
  Hypothesis Numbers : forall j o u, nth_error es j = Some (o, u) -> (1 <= seqno o)%N.
  Hypothesis Ascends : forall j o u, nth_error es j = Some (o, u) ->
    u = filter (fun i => nat_mem i u) (seq 0 j) /\ ~ In 0 u.
  Hypothesis Same : forall i j o u o' u', nth_error es i = Some (o, u) -> nth_error es j = Some (o', u') -> i < j ->
    sender o = sender o' ->
    (seqno o < seqno o')%N /\ ~ In i u'.
  Hypothesis Closed : forall h i j, ebef h i -> ebef i j -> ebef h j.

  (** [h] keeps the first [j] entries; what its members know is in the past of one of their changes. *)
  Definition realises (h : history) (j : nat) : Prop :=
    valid h /\ h <> [] /\ kept_entries h = map roomy_entry (firstn j es) /\
    (forall x, In x h -> exists i c u, i < j /\ nth_error es i = Some (c, u) /\ sender x = sender c /\
      (seqno x <= N.of_nat wide * seqno c)%N) /\
    (forall m i, known_at h m i = true -> exists q c u, q < j /\ nth_error es q = Some (c, u) /\ sender c = m /\
      (i = q \/ ebef i q)).

  Lemma realises_nth h j i c u : realises h j -> i < j -> nth_error es i = Some (c, u) ->
    nth_error (changes h) i = Some (roomy c) /\ unknown_to h i = u.
  Proof.
    intros [_ [_ [K _]]] L E; assert (X : nth_error (kept_entries h) i = Some (roomy c, u)).
    { rewrite K; rewrite nth_error_map; assert (F : nth_error (firstn j es) i = nth_error es i); [|now rewrite F, E].
      clear - L; revert i j L; induction es as [|e l IH]; intros [|i] [|j] L; simpl; auto; try lia; apply IH; lia. }
    rewrite kept_nth in X; destruct (nth_error (changes h) i); simpl in X; [injection X as -> <-; auto|discriminate].
  Qed.
  Lemma realises_length h j : realises h j -> j <= length es -> length (changes h) = j.
  Proof. intros [_ [_ [K _]]] L; rewrite <- kept_length, K, map_length, firstn_length; lia. Qed.
  Lemma realises_bef h j i k : realises h j -> k < j -> j <= length es -> (before_at h i k = true <-> ebef i k).
  Proof.
    intros R L Lj; destruct (nth_below es k ltac:(lia)) as [[o u] E];
      pose proof (realises_nth h j k o u R L E) as [Ek Uk].
    pose proof R as [V _]; split.
    - intros B; pose proof (before_at_lt h V i k B) as Lt; split; auto; exists o, u; split; auto; intros I;
      rewrite <- Uk in I.
      unfold unknown_to in I; apply filter_In in I; rewrite B in I; destruct I; discriminate.
    - intros [Lt [o' [u' [E' Ni]]]]; assert (u' = u) by congruence; subst u'; destruct (before_at h i k) eqn:B; auto;
      exfalso; apply Ni.
      rewrite <- Uk; unfold unknown_to; apply filter_In; split; [apply in_seq; lia|now rewrite B].
  Qed.

  Section Next.
    Variables (h : history) (j : nat) (o : op) (u : list nat).
    Hypothesis R : realises h j.
    Hypothesis E : nth_error es j = Some (o, u).
    Hypothesis J : 0 < j.
    Let s := sender o.
    Let base : N := (N.of_nat wide * seqno o - N.of_nat wide)%N.
    Lemma Lj : j < length es. Proof. apply nth_error_Some; congruence. Qed.

    Definition ack_of (i : nat) : op :=
      match nth_error (changes h) i with
      | Some c => Op s (base + 1 + N.of_nat i) (Ack (sender c) (seqno c))
      | None => o
      end.
    (** Its sender acknowledges, one by one, all that it has to know of the first [k]. *)
    Fixpoint acked (k : nat) : history :=
      match k with 0 => h | S k' => if nat_mem k' u then acked k' else ack_of k' :: acked k' end.

    Lemma low x : In x h -> sender x = s -> (seqno x <= base)%N.
    Proof.
      intros I Es; destruct R as [_ [_ [_ [B _]]]]; destruct (B x I) as [i [c [v [L [Ei [Ec Le]]]]]].
      destruct (Same i j c v o u Ei E L ltac:(unfold s in *; congruence)) as [Lt _].
      assert (N.of_nat wide * seqno c <= N.of_nat wide * (seqno o - 1))%N by (apply N.mul_le_mono_l; lia).
      unfold base; rewrite N.mul_sub_distr_l, N.mul_1_r in H; lia.
    Qed.

    Lemma acked_ok k : k <= j ->
      valid (acked k) /\ acked k <> [] /\ changes (acked k) = changes h /\ kept_entries (acked k) = kept_entries h /\
      (forall x, In x h -> In x (acked k)) /\
      (forall x, In x (acked k) -> In x h \/ (sender x = s /\ (seqno x <= base + N.of_nat k)%N)) /\
      (forall a b, before_at (acked k) a b = before_at h a b) /\
      (forall m i, m <> s -> known_at (acked k) m i = known_at h m i) /\
      (forall i, known_at (acked k) s i = true ->
        known_at h s i = true \/ i = 0 \/ exists p, p < k /\ ~ In p u /\ (i = p \/ before_at h i p = true)) /\
      (forall p, p < k -> ~ In p u -> known_at (acked k) s p = true).
    Proof.
      pose proof R as [V [Hn [K [B Kn]]]]; pose proof Lj as LJ.
      induction k as [|k IH]; intros Lk; cbn [acked].
      - repeat split; auto; try lia; intros; lia.
      - specialize (IH ltac:(lia)); destruct IH as [IV [IN [IC [IK [Ih [Is [Ib [Io [If It]]]]]]]]].
        destruct (nat_mem k u) eqn:M.
        + apply nat_mem_In in M; repeat split; auto.
          * intros x I; destruct (Is x I) as [|[Es Le]]; auto; right; split; auto; lia.
          * intros i H; destruct (If i H) as [H1|[H1|[p [L H1]]]]; auto; right; right; exists p; split; [lia|auto].
          * intros p L Np; apply It; auto; assert (p <> k) by (intros ->; contradiction); lia.
        + assert (Nk : ~ In k u) by (intros I; apply nat_mem_In in I; congruence).
          assert (Len : length (changes h) = j) by (apply realises_length; auto; lia).
          destruct (nth_below (changes h) k ltac:(lia)) as [c Ec].
          assert (A : ack_of k = Op s (base + 1 + N.of_nat k) (Ack (sender c) (seqno c))) by (unfold ack_of;
            now rewrite Ec).
          rewrite A; set (a := Op s (base + 1 + N.of_nat k) (Ack (sender c) (seqno c))) in *.
          assert (Va : valid (a :: acked k)).
          { apply valid_more; auto.
            - intros x I Es; simpl in Es; simpl seqno; destruct (Is x I) as [J1|[_ Le]]; [pose proof (low x J1 Es);
              lia|lia].
            - intros s' n' W; simpl in W; injection W as <- <-; exists c; apply nth_changes_In in Ec; destruct Ec;
              repeat split; auto. }
          assert (Ca : changes (a :: acked k) = changes h) by (rewrite changes_cons; simpl; auto).
          assert (Ea : nth_error (changes (acked k)) k = Some c) by (now rewrite IC).
          assert (Ba : forall x y, before_at (a :: acked k) x y = before_at h x y).
          { intros x y; rewrite <- Ib; destruct (Nat.lt_ge_cases x j) as [Lx|Lx], (Nat.lt_ge_cases y j) as [Ly|Ly].
            - apply before_at_old; auto; rewrite IC; lia.
            - unfold before_at; rewrite Ca, IC; assert (Z : nth_error (changes h) y = None) by (apply nth_error_None;
              lia); rewrite Z; destruct (nth_error (changes h) x); auto.
            - unfold before_at; rewrite Ca, IC; assert (Z : nth_error (changes h) x = None) by (apply nth_error_None;
              lia); rewrite Z; auto.
            - unfold before_at; rewrite Ca, IC; assert (Z : nth_error (changes h) x = None) by (apply nth_error_None;
              lia); rewrite Z; auto. }
          pose proof (known_at_ack a (acked k) k c) as KA.
          repeat split; auto.
          * congruence.
          * rewrite kept_cons; auto.
          * intros x I; right; auto.
          * intros x [<-|I]; [right; simpl; split; auto; lia|]; destruct (Is x I) as [|[Es Le]]; auto; right; split;
            auto; lia.
          * intros m i Nm; rewrite known_at_other; auto.
          * intros i H; apply (KA i Va eq_refl Ea) in H; rewrite Ib in H; destruct H as [H|[H|H]]; auto.
            -- destruct (If i H) as [H1|[H1|[p [L H1]]]]; auto; right; right; exists p; split; [lia|auto].
            -- right; right; exists k; split; [lia|auto].
          * intros p L Np; apply (KA p Va eq_refl Ea); destruct (Nat.eq_dec p k) as [->|Ne]; auto; left; apply It;
            auto; lia.
    Qed.

    Lemma realises_next : exists h', realises h' (S j).
    Proof.
      pose proof R as [V [Hn [K [B Kn]]]]; pose proof Lj as LJ.
      destruct (acked_ok j (le_n j)) as [AV [AN [AC [AK [Ah [As [Ab [Ao [Af At]]]]]]]]].
      destruct (Changes j o u E) as [Co Nc]; specialize (Nc J); destruct (Ascends j o u E) as [Ua U0];
        pose proof (Numbers j o u E) as Pos.
      assert (Len : length (changes h) = j) by (apply realises_length; auto; lia).
      assert (Width : (N.of_nat wide * seqno o = base + N.of_nat wide)%N).
      { unfold base; assert (N.of_nat wide * 1 <= N.of_nat wide * seqno o)%N by (apply N.mul_le_mono_l; lia); lia. }
      assert (Vo : valid (roomy o :: acked j)).
      { apply valid_more; auto.
        - intros x I Es; simpl seqno; rewrite Width; destruct (As x I) as [J1|[_ Le]]; [pose proof (low x J1 Es);
          lia|lia].
        - intros s' n' W; simpl in W; unfold is_change in Co; rewrite W in Co; discriminate. }
      assert (Cr : is_change (roomy o) = true) by exact Co.
      assert (New : forall i, i < j -> (before_at (roomy o :: acked j) i j = true <-> ~ In i u)).
      { intros i L; pose proof (at_new_change (roomy o) (acked j) i Vo Cr) as X; rewrite AC, Len in X;
        rewrite X by auto.
        change (sender (roomy o)) with s; rewrite orb_true_iff, Nat.eqb_eq; split.
        - assert (Up : forall p, p < j -> ~ In p u -> forall q, q = p \/ ebef q p -> ~ In q u).
          { intros p Lp Np q [->|Eb]; auto; assert (Z : ebef q j) by (apply Closed with p; auto; split; auto;
            exists o, u; auto).
            destruct Z as [_ [o' [u' [E' Nq]]]]; congruence. }
          intros [H| ->]; auto; destruct (Af i H) as [H1|[-> |[p [Lp [Np H1]]]]]; auto.
          + destruct (Kn s i H1) as [q [c [v [Lq [Eq [Es H2]]]]]]; destruct (Same q j c v o u Eq E Lq Es) as [_ Nq];
            now apply (Up q).
          + apply (Up p Lp Np); destruct H1 as [->|H1]; auto; right; apply (realises_bef h j i p R Lp); auto; lia.
        - intros Ni; left; now apply At. }
      assert (Uo : unknown_to (roomy o :: acked j) j = u).
      { rewrite Ua; unfold unknown_to; apply filter_ext_in; intros i I; apply in_seq in I; apply bool_ext;
        rewrite negb_true_iff, nat_mem_In.
        specialize (New i ltac:(lia)); destruct (before_at _ i j); split; intros H; auto; try discriminate.
        - exfalso; now apply New.
        - destruct (in_dec Nat.eq_dec i u) as [|Ni]; auto; apply New in Ni; discriminate. }
      exists (roomy o :: acked j); split; [auto|]; split; [congruence|]; split; [|split].
      - rewrite kept_cons, Cr, AK, K, AC, Len, Uo; auto.
        assert (F : firstn (S j) es = firstn j es ++ [(o, u)]).
        { clear - E; revert j E; induction es as [|e l IH]; intros [|j] E; simpl in *; try discriminate;
          [injection E as ->; auto|]; f_equal; now apply IH. }
        now rewrite F, map_app.
      - intros x [<-|I].
        + exists j, o, u; repeat split; auto; simpl; lia.
        + destruct (As x I) as [J1|[Es Le]].
          * destruct (B x J1) as [i [c [v [L H]]]]; exists i, c, v; split; [lia|auto].
          * exists j, o, u; repeat split; auto; lia.
      - intros m i H; destruct (N.eq_dec m s) as [->|Nm].
        + change s with (sender (roomy o)) in H; apply known_at_sender in H; auto; destruct H as [c [Ec H]].
          exists j, o, u; repeat split; auto.
          pose proof (nth_new (roomy o) (acked j) Cr) as Nn; rewrite AC, Len in Nn.
          destruct H as [->|H]; [left; now apply (position_unique _ (valid_NoDup _ Vo) i j (roomy o))|right].
          assert (Bt : before_at (roomy o :: acked j) i j = true) by (apply before_at_true; exists c, (roomy o); auto).
          pose proof (before_at_lt _ Vo _ _ Bt) as L; apply New in Bt; auto; split; auto; exists o, u; auto.
        + rewrite known_at_other, Ao in H; auto; destruct (Kn m i H) as [q [c [v [L H']]]]; exists q, c, v; split;
          [lia|auto].
    Qed.
  End Next.

  (** [key-agreement.welcome-history] Changes that pass the check of a welcome are, but for the numbers,
      what is kept of some history that append accepts. That members alone have sent them is not said. *)
  Theorem realisable : exists h, valid h /\ kept_entries h = map roomy_entry es.
  Proof.
    assert (All : forall j, 1 <= j -> j <= length es -> exists h, realises h j).
    { induction j as [|[|j] IH]; intros L Le; [lia| |].
      - destruct Begins as [o [ms [E [W I]]]]; exists [roomy o].
        assert (V : valid [roomy o]) by (apply valid_create with ms; auto).
        assert (C : is_change (roomy o) = true) by (unfold is_change; simpl; now rewrite W).
        split; auto; split; [congruence|]; split; [|split].
        + rewrite kept_cons, C; auto; destruct es as [|e l]; simpl in E; [discriminate|injection E as ->]; reflexivity.
        + intros x [<-|[]]; exists 0, o, []; repeat split; auto; simpl; lia.
        + intros m i K; pose proof K as Kb; apply known_at_below in Kb; rewrite changes_cons, C in Kb; simpl in Kb.
          apply known_at_true in K; destruct K as [c [Ec [x [[<-|[]] [Es _]]]]].
          exists 0, o, []; repeat split; auto; left; lia.
      - destruct (IH ltac:(lia) ltac:(lia)) as [h R]; destruct (nth_below es (S j) ltac:(lia)) as [[o u] E].
        apply (realises_next h (S j) o u R E); lia. }
    assert (P : 1 <= length es) by (destruct Begins as [o [ms [E _]]]; destruct es; simpl in *; [discriminate|lia]).
    destruct (All (length es) P (le_n _)) as [h [V [_ [K _]]]]; exists h; split; auto; now rewrite firstn_all in K.
  Qed.
End Realise.

(** With the numbers as they are it is false: these changes pass all checks, but nobody can have sent them.
    Bob's only message before his change has the number 1, and would have had to acknowledge two changes,
    neither of which is before the other. *)
Definition unrealisable : list (op * list nat) :=
  [(Op 1 1 (Create [1; 2; 3]), []); (Op 1 2 (Add 4), []); (Op 3 2 (Add 5), [1%nat]); (Op 2 2 (Remove 1), [])]%N.
Example unrealisable_checks :
  (forall i j o u o' u', nth_error unrealisable i = Some (o, u) -> nth_error unrealisable j = Some (o', u') ->
    i < j -> sender o = sender o' ->
     (seqno o < seqno o')%N /\ ~ In i u') /\
  (forall j o u, nth_error unrealisable j = Some (o, u) -> incl u [1] /\ (1 <= seqno o)%N /\
    (0 < j -> seqno o <> 1%N) /\ is_change o = true).
Proof.
  split.
  - intros [|[|[|[|i]]]] [|[|[|[|j]]]] o u o' u' E E' L S; simpl in *; try discriminate; try lia;
      try (destruct i; discriminate); try (destruct j; discriminate);
      injection E as <- <-; injection E' as <- <-; simpl in *; try discriminate; split; auto; lia.
  - intros [|[|[|[|j]]]] o u E; simpl in E; try (destruct j; discriminate); injection E as <- <-; simpl;
      repeat split; auto; try lia; try discriminate; intros x [].
    + subst; now left.
    + destruct H.
Qed.

(** [key-agreement.welcome-history] The numbers are not checked by that: there are changes that nobody can have sent. *)
Theorem unrealisable_is h : valid h -> (forall x, In x h -> (1 <= seqno x)%N) -> kept_entries h <> unrealisable.
Proof.
  intros V P K; pose proof (valid_NoDup _ V) as D.
  assert (At : forall p o u, nth_error unrealisable p = Some (o, u) -> nth_error (changes h) p = Some o /\
    u = unknown_to h p).
  { intros p o u E; rewrite <- K, kept_nth in E; destruct (nth_error (changes h) p); [|discriminate].
    simpl in E; injection E as -> <-; auto. }
  destruct (At 1 _ _ eq_refl) as [A _], (At 2 _ _ eq_refl) as [C Uc], (At 3 _ _ eq_refl) as [O Uo].
  set (x := Op 2%N 2%N (Remove 1%N)) in *; set (a := Op 1%N 2%N (Add 4%N)) in *; set (c := Op 3%N 2%N (Add 5%N)) in *.
  assert (Bef : forall i, i < 3 -> before_at h i 3 = true).
  { intros i L; destruct (before_at h i 3) eqn:B; auto; exfalso.
    assert (I : In i (unknown_to h 3)) by (unfold unknown_to; apply filter_In; split; [apply in_seq;
      lia|now rewrite B]).
    rewrite <- Uo in I; destruct I. }
  assert (Bac : before h a c = false).
  { assert (I : In 1 (unknown_to h 2)) by (rewrite <- Uc; now left).
    unfold unknown_to in I; apply filter_In in I; destruct I as [_ I]; apply negb_true_iff in I; unfold before_at in I.
    now rewrite A, C in I. }
  assert (Bca : before h c a = false).
  { destruct (before h c a) eqn:B; auto; exfalso; assert (X : before_at h 2 1 = true); [unfold before_at;
      now rewrite A, C|apply before_at_lt in X; auto; lia]. }
  pose proof (Bef 1 ltac:(lia)) as Ba; pose proof (Bef 2 ltac:(lia)) as Bc; unfold before_at in Ba, Bc;
    rewrite A, O in Ba; rewrite C, O in Bc; clear Bef.
  assert (Ix : In x h) by now apply nth_changes_In in O.
  (* What is before what has no number below it of its sender comes through an acknowledgement. *)
  assert (Through : forall y b, is_create b = false -> before h b y = true ->
    exists d, In d h /\ before h d y = true /\ (b = d \/ before h b d = true) /\
      ((sender d = sender y /\ (seqno d < seqno y)%N) \/ acks y d = true)).
  { intros y b Nb B; assert (Iy : In y h) by (apply before_In in B; tauto).
    destruct (in_split _ _ Iy) as [l [t E]]; rewrite E in B; assert (Vy : valid (y :: t)).
    { rewrite E in V; revert V; clear; induction l; simpl; auto; intros V; apply IHl; now apply valid_tail in V. }
    pose proof (valid_tail _ _ Vy) as Vt; rewrite before_stable in B; [|now rewrite <- E|now left].
    apply before_new in B; [|now apply valid_NoDup]; destruct B as [d [I [Dd Q]]].
    assert (Ih : In d h) by (rewrite E; apply in_or_app; right; now right).
    assert (Ny : d <> y) by (intros ->; now apply (valid_fresh _ _ Vy)).
    assert (Q' : b = d \/ before h b d = true).
    { destruct Q as [Q|Q]; auto; right; rewrite E, before_stable; [|now rewrite <- E|now right].
      now rewrite before_old. }
    exists d; split; auto; split; [now apply direct_before|]; split; auto; unfold direct in Dd.
    apply orb_true_iff in Dd; destruct Dd as [Dd|Dd]; auto; apply orb_true_iff in Dd; destruct Dd as [Dd|Dd].
    - exfalso; destruct Q' as [->|Q']; [congruence|].
      rewrite (proj1 (create_first_of_all h V d Ih Dd)) in Q'; discriminate.
    - apply andb_true_iff in Dd; destruct Dd as [D1 D2]; apply N.eqb_eq in D1; apply N.ltb_lt in D2; auto. }
  destruct (Through x a eq_refl Ba) as [d [Id [_ [Qa [[Sd Nd]|X]]]]]; [|discriminate].
  destruct (Through x c eq_refl Bc) as [d' [Id' [_ [Qc [[Sd' Nd']|X]]]]]; [|discriminate].
  simpl in Sd, Nd, Sd', Nd'; pose proof (P d Id); pose proof (P d' Id').
  assert (d' = d) as -> by (apply (valid_unique h V); auto; [congruence|lia]).
  destruct Qa as [<-|Qa]; [discriminate|]; destruct Qc as [<-|Qc]; [discriminate|].
  destruct (Through d a eq_refl Qa) as [e [Ie [Be [Ra [[_ Ne]|Ae]]]]]; [pose proof (P e Ie); lia|].
  destruct (Through d c eq_refl Qc) as [e' [Ie' [_ [Rc [[_ Ne']|Ae']]]]]; [pose proof (P e' Ie'); lia|].
  assert (E : e' = e).
  { unfold acks in *; destruct (what d) as [| | |s q]; try discriminate; apply andb_true_iff in Ae, Ae'.
    destruct Ae as [A1 A2], Ae' as [A3 A4]; apply N.eqb_eq in A1, A2, A3, A4; apply (valid_unique h V); congruence. }
  subst e'; assert (Ce : is_change e = true).
  { unfold acks in Ae; destruct (what d) as [| | |s q] eqn:W; try discriminate; apply andb_true_iff in Ae.
    destruct Ae as [A1 A2]; apply N.eqb_eq in A1, A2; destruct (valid_ack h V d s q Id W) as [e' [Ie2 [Ce [Se Qe]]]].
    rewrite (valid_unique h V e e'); auto; congruence. }
  assert (Dx : before h d x = true) by (apply direct_before; auto; [intros ->; simpl in Nd; lia|];
    unfold direct; rewrite Sd; replace (seqno d) with 1%N by lia; simpl; apply orb_true_iff; left; apply orb_true_r).
  assert (In_ : In e (changes h)) by (apply changes_In; auto); rewrite <- kept_fst, K in In_; simpl in In_.
  destruct In_ as [<-|[<-|[<-|[<-|[]]]]].
  - destruct Ra as [E|Ra]; [discriminate|]; rewrite (proj1 (create_first_of_all h V _ Ie eq_refl)) in Ra; discriminate.
  - destruct Rc as [E|Rc]; [discriminate|]; fold a in Rc; congruence.
  - destruct Ra as [E|Ra]; [discriminate|]; fold c in Ra; congruence.
  - pose proof (before_asym h D _ _ Be) as F; fold x in F; congruence.
Qed.
