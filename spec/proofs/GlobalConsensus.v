(** The chapter "global-consensus": no two correct voters decide differently.

    Modelled: who signs which vote when. A correct voter acts by the steps of the chapter that sign or lock,
      at any moment (a timer may end whenever it likes), and counts whatever has been signed so
    far; what it has received is a part of that, and a quorum in the part is one in the whole.
      A faulty voter signs anything. Not modelled: PROPOSALs (a correct voter may prevote any value that its lock
      allows),
    admissibility, and that anybody ever decides. *)
From Coq Require Import List Arith Bool Lia.
From Conclave Require Import Cooperation.
Import ListNotations.

Inductive kind := Prevote | Precommit.
(** A value is a number; [None] is a vote for nothing. *)
Record vote := Vote { kind_of : kind; round_of : nat; voter_of : nat; value_of : option nat }.

Inductive phase := Propose | Prevoted | Precommitted.
Record member := Member { round : nat; phase_of : phase; locked : option (nat * nat) }.

(** All votes that were signed so far, and the state of each correct voter. *)
Record state := State { votes : list vote; members : nat -> member }.

Section Consensus.
  Variables (voters : list nat) (t : nat) (faulty : nat -> bool).
  Hypothesis Few : forall l, NoDup l -> incl l voters -> length (filter faulty l) <= t.
  Hypothesis Enough : 3 * t + 1 <= length voters.

  (** n - t voters have signed the vote. *)
  Definition quorum (s : state) (k : kind) (r : nat) (x : option nat) : Prop :=
    exists q, NoDup q /\ incl q voters /\ ready_size (length voters) t <= length q /\ forall v, In v q ->
      In (Vote k r v x) (votes s).

  (** A lock allows a value: the member is not locked, locked on it, or was locked in the round [v] or before,
      in which n - t have prevoted the value. *)
  Definition allowed (s : state) (m : member) (x : nat) : Prop :=
    match locked m with
    | None => True
    | Some (y, l) => y = x \/ exists v, v < round m /\ l <= v /\ quorum s Prevote v (Some x)
    end.

  Definition update (f : nat -> member) (v : nat) (m : member) : nat ->
    member := fun w => if Nat.eq_dec w v then m else f w.

  Inductive step : state -> state -> Prop :=
  | prevotes s v x : faulty v = false -> phase_of (members s v) = Propose ->
      (forall y, x = Some y -> allowed s (members s v) y) ->
      step s (State (Vote Prevote (round (members s v)) v x :: votes s)
                    (update (members s) v (Member (round (members s v)) Prevoted (locked (members s v)))))
  | locks s v x : faulty v = false -> phase_of (members s v) = Prevoted ->
    quorum s Prevote (round (members s v)) (Some x) ->
      step s (State (Vote Precommit (round (members s v)) v (Some x) :: votes s)
                    (update (members s) v (Member (round (members s v)) Precommitted (Some (x, round (members s v))))))
  | precommits_nothing s v : faulty v = false -> phase_of (members s v) = Prevoted ->
      step s (State (Vote Precommit (round (members s v)) v None :: votes s)
                    (update (members s) v (Member (round (members s v)) Precommitted (locked (members s v)))))
  | starts_round s v r : faulty v = false -> round (members s v) < r ->
      step s (State (votes s) (update (members s) v (Member r Propose (locked (members s v)))))
  | lies s k r v x : faulty v = true -> step s (State (Vote k r v x :: votes s) (members s)).

  Inductive reachable : state -> Prop :=
  | starts : reachable (State [] (fun _ => Member 0 Propose None))
  | continues s s' : reachable s -> step s s' -> reachable s'.

  (** Somebody can decide a value in a round when n - t voters have precommitted it there. *)
  Definition decides (s : state) (r : nat) (x : nat) : Prop := quorum s Precommit r (Some x).

  (** ** The invariant of one correct voter *)

  Definition signed (s : state) k r v x := In (Vote k r v x) (votes s).

  Record good (s : state) (v : nat) : Prop := Good {
    prevoted_by_now : forall r x, signed s Prevote r v x -> r <= round (members s v) /\ (r = round (members s v) ->
      phase_of (members s v) <> Propose);
    precommitted_by_now : forall r x, signed s Precommit r v x ->
      r <= round (members s v) /\ (r = round (members s v) -> phase_of (members s v) = Precommitted);
    prevoted_once : forall r x y, signed s Prevote r v x -> signed s Prevote r v y -> x = y;
    locked_on_quorum : forall x r, locked (members s v) = Some (x, r) -> signed s Precommit r v (Some x);
    precommitted_quorum : forall r x, signed s Precommit r v (Some x) -> quorum s Prevote r (Some x);
    precommitted_once : forall r x y, signed s Precommit r v (Some x) -> signed s Precommit r v (Some y) -> x = y;
    locked_last : forall r x, signed s Precommit r v (Some x) ->
      exists y l, locked (members s v) = Some (y, l) /\ r <= l;
    prevoted_allowed : forall r x r' y, signed s Precommit r v (Some x) -> signed s Prevote r' v (Some y) -> r < r' ->
      y = x \/ exists w, r <= w < r' /\ quorum s Prevote w (Some y) }.

  Lemma quorum_more s l m k r x : quorum s k r x -> quorum (State (l :: votes s) m) k r x.
  Proof. intros [q [D [I [L H]]]]; exists q; repeat split; auto; intros v J; right; auto. Qed.
  Lemma quorum_same s m k r x : quorum s k r x -> quorum (State (votes s) m) k r x.
  Proof. intros [q [D [I [L H]]]]; exists q; repeat split; auto. Qed.

  Lemma updated f v m : update f v m v = m.
  Proof. unfold update; destruct (Nat.eq_dec v v); congruence. Qed.
  Lemma not_updated f v m w : w <> v -> update f v m w = f w.
  Proof. unfold update; destruct (Nat.eq_dec w v); congruence. Qed.

  (** What others sign does not matter. *)
  Lemma good_others s w u f : voter_of u <> w -> f w = members s w -> good s w -> good (State (u :: votes s) f) w.
  Proof.
    intros N E [A B C D F G H K].
    assert (S : forall k r x, signed (State (u :: votes s) f) k r w x -> signed s k r w x).
    { intros k r x [->|I]; [exfalso; now apply N|exact I]. }
    constructor; simpl; try rewrite E; intros.
    - apply A with x; auto.
    - apply B with x; auto.
    - eapply C; eauto.
    - right; now apply D.
    - apply quorum_more, F; auto.
    - eapply G; eauto.
    - eapply H; eauto.
    - destruct (K r x r' y) as [->|[z [L Q]]]; auto; right; exists z; split; auto; now apply quorum_more.
  Qed.

  Lemma good_step s s' : step s s' -> (forall v, faulty v = false -> good s v) -> forall v, faulty v = false ->
    good s' v.
  Proof.
    intros St G w Fw; pose proof (G w Fw) as Gw; destruct St as [s v x Fv Ph Al|s v x Fv Ph Q|s v Fv Ph|s v r Fv Lt|s
      k r v x Fv].
    - destruct (Nat.eq_dec w v) as [->|N]; [|apply good_others; auto; now apply not_updated].
      destruct Gw as [A B C D F H K M]; set (m := members s v) in *.
      assert (Old : forall r y, signed s Prevote r v y -> r < round m).
      { intros r y I; destruct (A r y I) as [L E]; destruct (Nat.eq_dec r (round m)); [exfalso; now apply E|lia]. }
      assert (Pre : forall r y, signed s Precommit r v y -> r < round m).
      { intros r y I; destruct (B r y I) as [L E]; destruct (Nat.eq_dec r (round m)); [|lia].
        rewrite E in Ph; auto; discriminate. }
      constructor; simpl; rewrite ?updated; simpl; unfold signed in *; simpl.
      + intros r y [E|I]; [injection E as <- <-; split; auto; discriminate|]; apply Old in I; split; [lia|intros; lia].
      + intros r y [E|I]; [discriminate|]; apply Pre in I; split; lia.
      + intros r y z [E|I] [E'|J].
        * injection E as <- <-; now injection E' as <-.
        * injection E as <- <-; apply Old in J; lia.
        * injection E' as <- <-; apply Old in I; lia.
        * eapply C; eauto.
      + intros y r E; right; now apply D.
      + intros r y [E|I]; [discriminate|]; apply quorum_more; now apply F.
      + intros r y z [E|I] [E'|J]; try discriminate; eapply H; eauto.
      + intros r y [E|I]; [discriminate|]; now apply K with y.
      + intros r y r' z [E|I]; [discriminate|]; intros [E|J] L.
        * injection E as <- ->; specialize (Al z eq_refl); unfold allowed in Al; fold m in Al.
          destruct (K r y I) as [y' [l [El Ll]]]; rewrite El in Al; pose proof (D y' l El) as Dl;
            destruct Al as [->|[u [Lu [Ru Qu]]]].
          -- destruct (Nat.eq_dec r l) as [->|Ne]; [left; eapply H; eauto|].
             right; exists l; split; [apply Pre in Dl; lia|]; apply quorum_more; now apply F.
          -- right; exists u; split; [lia|]; now apply quorum_more.
        * destruct (M r y r' z I J L) as [->|[u [Lu Qu]]]; auto; right; exists u; split; auto; now apply quorum_more.
    - destruct (Nat.eq_dec w v) as [->|N]; [|apply good_others; auto; now apply not_updated].
      destruct Gw as [A B C D F H K M]; set (m := members s v) in *.
      assert (Pre : forall r y, signed s Precommit r v y -> r < round m).
      { intros r y I; destruct (B r y I) as [L E]; destruct (Nat.eq_dec r (round m)); [|lia].
        rewrite E in Ph; auto; discriminate. }
      constructor; simpl; rewrite ?updated; simpl; unfold signed in *; simpl.
      + intros r y [E|I]; [discriminate|]; destruct (A r y I) as [L _]; split; auto; discriminate.
      + intros r y [E|I]; [injection E as <- <-; auto|]; apply Pre in I; split; [lia|auto].
      + intros r y z [E|I] [E'|J]; try discriminate; eapply C; eauto.
      + intros y r E; injection E as <- <-; now left.
      + intros r y [E|I]; [injection E as <- <-; now apply quorum_more|]; apply quorum_more; now apply F.
      + intros r y z [E|I] [E'|J].
        * injection E as <- <-; now injection E' as <-.
        * injection E as <- <-; apply Pre in J; lia.
        * injection E' as <- <-; apply Pre in I; lia.
        * eapply H; eauto.
      + intros r y [E|I]; [injection E as <- <-; eauto|]; apply Pre in I; exists x, (round m); split; auto; lia.
      + intros r y r' z [E|I] [E'|J] L; try discriminate.
        * injection E as <- <-; destruct (A r' (Some z) J) as [L' _]; lia.
        * destruct (M r y r' z I J L) as [->|[u [Lu Qu]]]; auto; right; exists u; split; auto; now apply quorum_more.
    - destruct (Nat.eq_dec w v) as [->|N]; [|apply good_others; auto; now apply not_updated].
      destruct Gw as [A B C D F H K M]; set (m := members s v) in *.
      assert (Pre : forall r y, signed s Precommit r v y -> r < round m).
      { intros r y I; destruct (B r y I) as [L E]; destruct (Nat.eq_dec r (round m)); [|lia].
        rewrite E in Ph; auto; discriminate. }
      constructor; simpl; rewrite ?updated; simpl; unfold signed in *; simpl.
      + intros r y [E|I]; [discriminate|]; destruct (A r y I) as [L _]; split; auto; discriminate.
      + intros r y [E|I]; [injection E as <- <-; auto|]; apply Pre in I; split; [lia|auto].
      + intros r y z [E|I] [E'|J]; try discriminate; eapply C; eauto.
      + intros y r E; right; now apply D.
      + intros r y [E|I]; [discriminate|]; apply quorum_more; now apply F.
      + intros r y z [E|I] [E'|J]; try discriminate; eapply H; eauto.
      + intros r y [E|I]; [discriminate|]; now apply K with y.
      + intros r y r' z [E|I] [E'|J] L; try discriminate.
        destruct (M r y r' z I J L) as [->|[u [Lu Qu]]]; auto; right; exists u; split; auto; now apply quorum_more.
    - destruct (Nat.eq_dec w v) as [->|N].
      + destruct Gw as [A B C D F H K M]; set (m := members s v) in *.
        constructor; simpl; rewrite ?updated; simpl; unfold signed in *; simpl.
        * intros r' y I; destruct (A r' y I) as [L _]; split; lia.
        * intros r' y I; destruct (B r' y I) as [L _]; split; lia.
        * exact C.
        * exact D.
        * intros r' y I; apply quorum_same; now apply F.
        * exact H.
        * exact K.
        * intros r1 y r' z I J L; destruct (M r1 y r' z I J L) as [->|[u [Lu Qu]]]; auto; right; exists u; split;
          auto; now apply quorum_same.
      + destruct Gw as [A B C D F H K M]; constructor; simpl; rewrite ?not_updated; auto.
    - apply good_others; auto; simpl; congruence.
  Qed.

  Lemma always_good s : reachable s -> forall v, faulty v = false -> good s v.
  Proof.
    induction 1 as [|s s' R IH St]; [|now apply good_step with s].
    intros v _; constructor; simpl; unfold signed; simpl; intros; try contradiction; discriminate.
  Qed.

  (** Two quorums have a correct voter in common: n - 2t >= t + 1. *)
  Lemma quorums_meet s k r x k' r' x' : quorum s k r x -> quorum s k' r' x' ->
    exists v, faulty v = false /\ signed s k r v x /\ signed s k' r' v x'.
  Proof.
    intros [q [D [I [L H]]]] [q' [D' [I' [L' H']]]].
    unfold ready_size in L, L';     pose proof (in_common voters q q' D D' I I') as C; set (b := both q q') in *.
    assert (Db : NoDup b) by now apply NoDup_filter.
    assert (Ib : incl b voters) by (intros v J; apply I; now apply filter_In in J).
    pose proof (filter_split faulty b) as E; pose proof (Few b Db Ib).
    destruct (filter (fun v => negb (faulty v)) b) as [|v l] eqn:F; simpl in E; [lia|].
    assert (J : In v (filter (fun v => negb (faulty v)) b)) by (rewrite F; now left).
    apply filter_In in J; destruct J as [J N]; apply negb_true_iff in N; apply filter_In in J; destruct J as [J1 J2].
    exists v; split; auto; split; [now apply H|apply H']; now destruct (in_dec Nat.eq_dec v q').
  Qed.

  (** [global-consensus.lock] When n - t voters have precommitted a value in a round,
      n - t voters prevote no other value in that round or a later one, whatever is proposed. *)
  Theorem lock_holds s r x : reachable s -> quorum s Precommit r (Some x) -> forall r' y, r <= r' ->
    quorum s Prevote r' (Some y) -> y = x.
  Proof.
    intros R Q r'; induction r' as [r' IH] using lt_wf_ind; intros y L P.
    destruct (quorums_meet _ _ _ _ _ _ _ Q P) as [v [Fv [Sx Sy]]]; pose proof (always_good s R v Fv) as G.
    destruct (Nat.eq_dec r r') as [<-|N].
    - destruct (quorums_meet _ _ _ _ _ _ _ (precommitted_quorum s v G r x Sx) P) as [w [Fw [Wx Wy]]].
      pose proof (prevoted_once s w (always_good s R w Fw) _ _ _ Wx Wy); congruence.
    - destruct (prevoted_allowed s v G r x r' y Sx Sy) as [E|[u [Lu Qu]]]; [lia|auto|].
      apply (IH u); auto; lia.
  Qed.

  (** [global-consensus.agreement] No two correct voters decide differently. *)
  Theorem agreement s r x r' y : reachable s -> decides s r x -> decides s r' y -> x = y.
  Proof.
    assert (G : forall r x r' y, reachable s -> decides s r x -> decides s r' y -> r <= r' -> y = x).
    { clear - Few Enough; intros r x r' y R Q Q' L; apply (lock_holds s r x R Q r'); auto.
      destruct (quorums_meet _ _ _ _ _ _ _ Q' Q') as [v [Fv [S _]]];
        now apply (precommitted_quorum s v (always_good s R v Fv)). }
    intros R Q Q'; destruct (Nat.le_ge_cases r r'); [symmetry|]; eauto.
  Qed.

  Inductive later : state -> state -> Prop :=
  | later_now s : later s s
  | later_more s s1 s2 : later s s1 -> step s1 s2 -> later s s2.

  (** [global-consensus.decision-quorum] A decision of n - t PRECOMMITs of one round stays one,
      and no later state decides otherwise. *)
  Theorem decision_for_good s s' r x : reachable s -> later s s' -> decides s r x ->
    decides s' r x /\ forall r' y, decides s' r' y -> y = x.
  Proof.
    intros R L D; assert (RD : reachable s' /\ decides s' r x).
    { induction L as [s|s s1 s2 L IH St]; auto; destruct (IH R D) as [R1 [q [Dq [I [Lq H]]]]].
      split; [now apply continues with s1|]; exists q; repeat split; auto; intros v J; specialize (H v J).
      destruct St; simpl; auto. }
    destruct RD as [R' D']; split; auto; intros r' y D2; now apply (agreement s' r' y r x).
  Qed.
End Consensus.

(** With quorums of 2t + 1 for every n (erratum GC-1) two quorums may have only the faulty voter in common. *)
Example two_t_and_one_is_too_few :
  let voters := [0; 1; 2; 3; 4] in let faulty := Nat.eqb 0 in
  exists q q', incl q voters /\ incl q' voters /\ length q = 2 * 1 + 1 /\ length q' = 2 * 1 + 1 /\
    forall v, In v q -> In v q' -> faulty v = true.
Proof.
  exists [0; 1; 2], [0; 3; 4]; repeat split; try (intros v I; simpl in *; tauto).
  intros v I J; simpl in I, J; destruct I as [<-|[<-|[<-|[]]]]; auto; exfalso; destruct J as [|[|[|[]]]]; discriminate.
Qed.
