(** That the theorem of UpdateSecrets.v speaks of something: the schedule of erratum S1, step by step.
    A adds D while B removes C; D, which is no recipient of B's seed, rekeys. *)
From Coq Require Import List NArith Arith Bool Lia.
From Conclave Require Import GroupMembership MembershipOrder MembershipMembers MembershipRemoval.
From Conclave Require Import KeyAgreement UpdateSecrets.
Import ListNotations.

Section Run.
  Variable message : user -> nat -> content.
  Variable view : user -> nat -> user -> bool.

  Inductive command := Send (X : user) | Take (P X : user) | Join (P X : user) (counts : list (user * nat)).

  Definition acknowledged_is_seen (s : system) (P X : user) (n : nat) : bool :=
    match message X n with AckMessage u q => Nat.leb 1 q && Nat.leb q (cnt s P u) | _ => true end.
  Definition adds (X : user) (n : nat) (P : user) : bool := match message X n with AddMessage y => same y P | _ =>
    false end.
  Definition count (l : list (user * nat)) (Y : user) : nat := match find (fun c => same (fst c) Y) l with Some c =>
    snd c | None => 0 end.

  (** A step of the schedule; nothing when it is none. *)
  Definition does (s : system) (c : command) : option system :=
    match c with
    | Send X => let n := S (cnt s X X) in if view X n X && acknowledged_is_seen s X X n then Some (sends message view
      s X n) else None
    | Take P X => let n := S (cnt s P X) in
        if negb (same P X) && Nat.leb n (cnt s X X) && negb (adds X n P) && acknowledged_is_seen s P X n then Some
          (takes message view s P X n (net s X n P)) else None
    | Join P X l => let n := S (count l X) in
        match net s X n P with
        | Some r => if negb (same P X) && Nat.leb n (cnt s X X) && adds X n P && Nat.eqb (cnt s P P) 0 && Nat.eqb
          (count l P) 0 &&
                       forallb (fun c => Nat.leb (snd c) (cnt s (fst c) (fst c)) && forallb (fun q => negb (view (fst
                         c) q P)) (seq 1 (snd c))) l
                    then Some (takes message view (welcomed s P X r (count l)) P X n None) else None
        | None => None
        end
    end.
  Fixpoint does_all (s : system) (l : list command) : option system :=
    match l with [] => Some s | c :: r => match does s c with Some s' => does_all s' r | None => None end end.
  Definition start : system := System (fun _ _ => Zero) (fun _ _ _ _ => None) (fun _ _ => 0) (fun _ _ _ => None) (fun
    _ _ _ => None).

  Lemma seen_right s P X n : acknowledged_is_seen s P X n = true -> forall u q, message X n = AckMessage u q ->
    1 <= q <= cnt s P u.
  Proof. unfold acknowledged_is_seen; intros H u q M; rewrite M in H; apply andb_true_iff in H;
    destruct H as [H1 H2]; apply Nat.leb_le in H1, H2; auto. Qed.
  Lemma different a b : negb (same a b) = true -> a <> b.
  Proof. intros H E; apply same_iff in E; rewrite E in H; discriminate. Qed.

  Lemma does_step s c s' : does s c = Some s' -> step message view s s'.
  Proof.
    destruct c as [X|P X|P X l]; simpl.
    - destruct (view X (S (cnt s X X)) X && _) eqn:E; [|discriminate]; intros H; injection H as <-;
      apply andb_true_iff in E; destruct E as [E1 E2].
      apply Sends; auto; now apply seen_right.
    - match goal with |- context [if ?b then _ else _] => destruct b eqn:E end; [|discriminate]; intros H;
      injection H as <-.
      repeat (apply andb_true_iff in E; destruct E as [E ?]); apply Processes; auto;
        [now apply different|now apply Nat.leb_le| |now apply seen_right].
      intros M; unfold adds in *; rewrite M, same_refl in *; discriminate.
    - destruct (net s X (S (count l X)) P) as [r|] eqn:D; [|discriminate].
      match goal with |- context [if ?b then _ else _] => destruct b eqn:E end; [|discriminate]; intros H;
        injection H as <-.
      repeat (apply andb_true_iff in E; destruct E as [E ?]); rewrite forallb_forall in *.
      assert (C : forall Y, count l Y <> 0 -> exists c, In c l /\ fst c = Y /\ snd c = count l Y).
      { intros Y N; unfold count in N |- *; destruct (find (fun c => same (fst c) Y) l) as [c|] eqn:F; [|exfalso;
        now apply N]; apply find_some in F; destruct F as [I S]; apply same_iff in S; eauto. }
      apply Joins; auto.
      + now apply different.
      + split; [lia|now apply Nat.leb_le].
      + unfold adds in *; destruct (message X _) as [|y| |]; try discriminate; f_equal; now apply same_iff.
      + now apply Nat.eqb_eq.
      + now apply Nat.eqb_eq.
      + intros Y; destruct (Nat.eq_dec (count l Y) 0) as [->|N]; [lia|]; destruct (C Y N) as [c [I [<- <-]]].
        match goal with A : forall x, In x l -> _ |- _ => specialize (A c I); apply andb_true_iff in A;
          destruct A as [A _]; now apply Nat.leb_le in A end.
      + intros Y q L; destruct (Nat.eq_dec (count l Y) 0) as [Z|N]; [lia|]; destruct (C Y N) as [c [I [<- E2]]].
        match goal with A : forall x, In x l -> _ |- _ => specialize (A c I); apply andb_true_iff in A;
          destruct A as [_ A]; rewrite forallb_forall in A; specialize (A q) end.
        rewrite in_seq in *; apply negb_true_iff; match goal with A : _ -> negb _ = true |- _ => apply A; lia end.
  Qed.

  (** What a schedule comes to is something that the theorems speak of. *)
  Theorem does_all_reachable l : forall s s', reachable message view s -> does_all s l = Some s' ->
    reachable message view s'.
  Proof.
    induction l as [|c l IH]; intros s s' R; simpl; [intros E; injection E as <-; auto|].
    destruct (does s c) as [t|] eqn:E; [|discriminate]; apply IH; econstructor; eauto; now apply does_step with c.
  Qed.
End Run.

Definition A : user := 1%N. Definition B : user := 2%N. Definition C : user := 3%N. Definition D : user := 4%N.

(** A creates {A, B, C} and adds D; B removes C; D, no recipient of that seed, acknowledges it and rekeys. *)
Definition s1_message (X : user) (n : nat) : content :=
  match X, n with
  | 1%N, 1 => SeedMessage | 1%N, 2 => AddMessage D | 1%N, 3 => AckMessage B 2
  | 2%N, 1 => AckMessage A 1 | 2%N, 2 => SeedMessage | 2%N, 3 => AddAckMessage A 2
  | 3%N, 1 => AckMessage A 1 | 3%N, 2 => AddAckMessage A 2
  | 4%N, 1 => AckMessage A 2 | 4%N, 2 => AckMessage B 2 | _, _ => SeedMessage
  end.
Definition s1_history : history := rev
  [Op A 1 (Create [A; B; C]); Op B 1 (Ack A 1); Op C 1 (Ack A 1); Op A 2 (Add D); Op B 2 (Remove C);
    Op D 1 (Ack A 2); Op C 2 (Ack A 2);
   Op A 3 (Ack B 2); Op B 3 (Ack A 2); Op D 2 (Ack B 2)].
Definition s1_schedule : list command :=
  [Send A; Take B A; Take C A; Send B; Take A B; Take C B; Send C; Take A C; Take B C; Send A; Send B;
    Join D A [(A, 1); (B, 1); (C, 1)]; Send D; Take C A; Send C;
   Take A B; Send A; Take B A; Send B; Take D B; Send D; Send D; Take D A; Take D B; Take B A; Take A B; Take A D;
     Take A D; Take A D; Take B D; Take B D; Take B D;
   Take A C; Take D C; Take B C].

(** The update secrets of a message for A, B, C and D. *)
Definition s1_secrets (X : user) (n : nat) : option (list (option term)) :=
  match does_all s1_message (view_of s1_history) start s1_schedule with
  | Some s => Some (map (fun P => sec s P X n) [A; B; C; D])
  | None => None
  end.

(** The rekey of D reaches A and B, and not C; so does A's secret of the removal reach D, to which it was forwarded. *)
Example s1_rekey : exists u, s1_secrets D 3 = Some [Some u; Some u; None; Some u].
Proof. vm_compute; eexists; reflexivity. Qed.
Example s1_forwarded : exists u, s1_secrets A 3 = Some [Some u; Some u; None; Some u].
Proof. vm_compute; eexists; reflexivity. Qed.
(** C, which does not know that it was removed,
    answers the add: whoever has it as a member in its view as of that follows. *)
Example s1_answer_of_the_removed : exists u, s1_secrets C 2 = Some [Some u; Some u; Some u; Some u].
Proof. vm_compute; eexists; reflexivity. Qed.

(** ** The rules can be kept *)

Section Checks.
  Variable h : history.

  Definition begins_check : bool :=
    forallb (fun o => existsb (fun p => N.eqb (sender p) (sender o) && N.eqb (seqno p) 1) h) h.
  Definition ack_complete_check : bool :=
    forallb (fun o => forallb (fun c => if acks o c && is_change c && N.ltb 1 (seqno o)
      then forallb (fun d => if is_change d && before h d c
        then mem d (known_to h (sender o) (N.pred (seqno o))) else true) h
      else true) h) h.
  Definition sender_member_check : bool :=
    forallb (fun o => match what o with
      | Add y => existsb (N.eqb (sender o)) (member_view h (sender o) (seqno o)) && negb (N.eqb (sender o) y)
      | _ => true
      end) h.

  Lemma begins_checked : begins_check = true -> begins h.
  Proof.
    unfold begins_check; rewrite forallb_forall; intros E o I; specialize (E o I).
    apply existsb_exists in E; destruct E as [p [J H]]; apply andb_true_iff in H; destruct H as [H1 H2].
    apply N.eqb_eq in H1, H2; exists p; auto.
  Qed.
  Lemma ack_complete_checked : valid h -> ack_complete_check = true -> ack_complete h.
  Proof.
    unfold ack_complete_check; rewrite forallb_forall; intros V E o c Io Ic K Cc L d Cd B.
    specialize (E o Io); rewrite forallb_forall in E; specialize (E c Ic); apply N.ltb_lt in L.
    rewrite K, Cc, L in E; simpl in E; rewrite forallb_forall in E.
    assert (Id : In d h) by (apply before_In in B; [tauto|now apply valid_NoDup]).
    specialize (E d Id); rewrite Cd, B in E; simpl in E; now apply mem_In.
  Qed.
  Lemma sender_member_checked : sender_member_check = true -> sender_member h.
  Proof.
    unfold sender_member_check; rewrite forallb_forall; intros E o y I W; specialize (E o I); rewrite W in E.
    apply andb_true_iff in E; destruct E as [E1 E2]; apply existsb_exists in E1; destruct E1 as [x [J Ex]].
    apply N.eqb_eq in Ex; subst x; split; auto; apply negb_true_iff in E2; now apply N.eqb_neq.
  Qed.
End Checks.

(** The messages of the schedule are those of a history in which all keep the rules of the chapter. *)
Example s1_keeps_rules : keeps_rules s1_history s1_message.
Proof.
  assert (V : valid s1_history).
  { assert (E : of_list (rev s1_history) = inl s1_history) by (vm_compute; reflexivity).
    now apply of_list_valid in E. }
  constructor; auto.
  - apply begins_checked; vm_compute; reflexivity.
  - apply ack_complete_checked; auto; vm_compute; reflexivity.
  - apply sender_member_checked; vm_compute; reflexivity.
  - intros X n y M; unfold s1_message in M.
    repeat match type of M with context [match ?x with _ => _ end] => destruct x; try discriminate end.
    injection M as <-; vm_compute; tauto.
  - intros o y I W; vm_compute in I.
    repeat (destruct I as [<-|I]; [try discriminate W; try (injection W as <-; reflexivity)|]); destruct I.
  - intros o s q I W; vm_compute in I.
    repeat (destruct I as [<-|I]; [try discriminate W; try (injection W as <- <-; vm_compute; auto)|]); destruct I.
  - intros X n s q y M M'; unfold s1_message in M.
    repeat match type of M with context [match ?x with _ => _ end] => destruct x; try discriminate end;
      injection M as <- <-; vm_compute in M'; try discriminate; now injection M' as <-.
  - assert (P : forall X n s q, s1_message X n = AckMessage s q ->
      n = match X, s with 1%N, _ => 3 | 4%N, 2%N => 2 | _, _ => 1 end).
    { intros X n s q M; unfold s1_message in M.
      repeat match type of M with context [match ?x with _ => _ end] => destruct x; try discriminate end;
        injection M as <- <-; reflexivity. }
    intros X m n s q M M'; now rewrite (P X m s q M), (P X n s q M').
Qed.
