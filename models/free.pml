/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol of cross-CPU frees, for Spin.
 *
 * One span of N objects, its owner, and FREERS threads that free objects of it
 * from elsewhere. Each statement below is one step that others may come
 * between; d_step and atomic stand for one atomic instruction of the C code,
 * or for what its lock makes one. Names are those of mcentral.c and mspan.c,
 * and the numbers of the steps those of Documentation/design.rst.
 *
 * Interleavings are sequentially consistent. That is what the C code has where
 * it matters: step 2 is a fetch_or, a full barrier, between the bit and the
 * look at the state; placing has smp_mb() between the state and the look at
 * the bits. These two pair. What a missing barrier would allow, the store that
 * becomes visible after the load behind it, is written out under NO_BARRIER.
 *
 * Broken variants, each of which must be found out:
 *   NO_BARRIER        the placer looks at the bits before its state is seen
 *   NO_SECOND_LOOK    the placer does not look again
 *   COUNT_AFTER_BIT   step 1 comes after step 2
 *   FULL_ONLY         a free into a PARTIAL span never releases it
 *   NO_LOOK_AFTER_FLUSH  a flush does not look whether the others are freed
 *   FLUSH_LOOKS_EARLY    it looks before what it wrote is seen, as without barrier
 *   FLUSH_PLACES_OWNED   it places spans that a mcache owns, too
 */
#ifndef N
#define N	2
#endif
#ifndef FREERS
#define FREERS	3
#endif
#ifndef TURNS
#define TURNS	7		/* operations of the owner */
#endif
#define ALL	((1 << N) - 1)

mtype = { FREE, OWNED, PARTIAL, FULL };

/* The span */
mtype state = OWNED;
byte free = ALL;		/* span->free[] */
byte remote = 0;		/* span->remote[] */
short nremote = 0;
byte live = 0;

/* Its mcentral */
bool lock = false;
bool listed = false;

/* Who has an object: bits of those allocated, freers that have ended */
byte allocated = 0;
byte finished = 0;
bool owner_done = false;

inline take_lock()	{ atomic { !lock; lock = true } }
inline drop_lock()	{ lock = false }

/* For N <= 4 */
#define WEIGHT(x)	(((x) & 1) + ((x) >> 1 & 1) + ((x) >> 2 & 1) + ((x) >> 3 & 1))

/* mspan_sweep(): the xchg, then what only the owner or the lock's holder does */
inline sweep()
{
	d_step { found = remote; remote = 0 };
	d_step {
		assert(!(free & found));
		free = free | found;
		nremote = nremote - WEIGHT(found);
		assert(nremote >= 0);
		found = 0
	}
}

/* place_locked(), under the lock */
inline place()
{
	listed = false;
	do
	:: sweep();
	   d_step {
		live = N - WEIGHT(free);
		to = (live == 0 -> FREE : (live < N -> PARTIAL : FULL))
	   };
	   if
	   :: to == FREE -> state = FREE; break
	   :: else
	   fi;
#if defined(NO_BARRIER)
	   again = (remote != 0);
	   state = to;
#elif defined(NO_SECOND_LOOK)
	   again = false;
	   state = to;
#else
	   state = to;
	   again = (remote != 0);
#endif
	   if
	   :: !again -> break
	   :: else
	   fi
	od;
	listed = (state == PARTIAL);
	again = false;
	to = 0
}

proctype Owner()
{
	byte found, turns = TURNS, obj;
	mtype to;
	bool again, owned = true;

	do
	:: turns > 0 && owned && free != 0 ->
		/* mspan_take() */
		d_step {
			obj = free & -free;
			free = free & ~obj;
			assert(!(allocated & obj));
			allocated = allocated | obj;
			obj = 0;
			turns--
		}
	:: turns > 0 && owned && remote != 0 ->
		sweep();
		turns--
	:: turns > 0 && owned ->
		/* mcentral_uncache_span() */
		take_lock();
		place();
		drop_lock();
		owned = false;
		turns--
	:: turns > 0 && !owned && listed ->
		/* mcentral_cache_span() */
		take_lock();
		if
		:: listed -> listed = false; state = OWNED; owned = true
		:: else
		fi;
		drop_lock();
		turns--
	:: turns == 0 || (!owned && !listed) -> break
	od;
	/* mcache_release_all() */
	if
	:: owned -> take_lock(); place(); drop_lock()
	:: else
	fi;
	owner_done = true
}

/* mcentral_free_remote() of one object */
inline free_remote()
{
#ifndef COUNT_AFTER_BIT
	/* 1: the span cannot go, our object is live in it */
	d_step { assert(state != FREE); nremote++; n = nremote };
#endif
	/* 2 */
	d_step { assert(state != FREE); assert(!(remote & obj)); remote = remote | obj };
#ifdef COUNT_AFTER_BIT
	d_step { assert(state != FREE); nremote++; n = nremote };
#endif
	/* 3: nothing is written to the span but under the lock */
	seen = state;
	if
	:: seen == FULL -> again = true
	:: seen == PARTIAL ->
#ifndef FULL_ONLY
		again = (n >= live)
#else
		again = false
#endif
	:: else -> again = false
	fi;
	if
	:: again ->
		again = false;
		take_lock();
		if
		:: state == PARTIAL || state == FULL -> place()
		:: else
		fi;
		drop_lock()
	:: else
	fi;
}

/* mcentral_free_locked() of one object */
inline free_locked()
{
	if
	:: state == OWNED ->
		/* 1 and 2; the owner cannot uncache it meanwhile */
		d_step { nremote++ };
		d_step { assert(!(remote & obj)); remote = remote | obj }
	:: else ->
		assert(state != FREE);
		d_step { assert(!(free & obj)); free = free | obj };
		if
		:: live == 1 -> listed = false; state = FREE
		:: else ->
#ifdef FLUSH_LOOKS_EARLY
			again = (nremote >= live - 1);
#endif
			/* lose_live_locked(): unordered until the barrier */
			if
			:: state == FULL -> live--; state = PARTIAL; listed = true
			:: state == FULL -> state = PARTIAL; live--; listed = true
			:: else -> live--
			fi
		fi
	fi
}

/* Take another object, for a flush of two */
inline take_second()
{
	atomic {
		if
		:: allocated != 0 ->
			obj = allocated & -allocated;
			allocated = allocated & ~obj
		:: obj = 0
		fi
	}
}

/*
 * flush_slots(): one object, or two, and then a look at the span, which an
 * object may have emptied.
 */
inline flush()
{
	take_lock();
	free_locked();
	take_second();
	if
	:: obj != 0 -> free_locked()
	:: else
	fi;
	/* mcentral_look_locked() */
#if defined(FLUSH_LOOKS_EARLY)
	again = again && state == PARTIAL;
#elif defined(FLUSH_PLACES_OWNED)
	again = (nremote >= live && state != FREE);
#elif !defined(NO_LOOK_AFTER_FLUSH)
	again = (nremote >= live && state == PARTIAL);
#endif
	if
	:: again -> place()
	:: else
	fi;
	drop_lock()
}

/* Frees one object after another, or leaves the last ones */
proctype Freer()
{
	byte found, obj;
	short n;
	mtype to, seen;
	bool again;

	do
	:: atomic {
		allocated != 0 ->
		if
		:: obj = allocated & -allocated
		:: (allocated & (allocated - 1)) != 0 ->
			obj = allocated & (allocated - 1) & -(allocated & (allocated - 1))
		fi;
		allocated = allocated & ~obj
	   };
	   if
	   :: free_remote()
	   :: flush()
	   fi;
	   d_step { obj = 0; n = 0; seen = 0 }
	:: owner_done -> break		/* and leave what there is */
	od;
	finished++
}

/* All have finished: nothing is leaked */
proctype Judge()
{
	byte i;

	owner_done && finished == FREERS;
	/* a free object is never hidden in a span that counts as full */
	assert(!(state == FULL && (free | remote) != 0));
	/* bits not yet swept are in a span that will be found again */
	assert(!(remote != 0 && !listed));
	assert((state == PARTIAL) == listed);
	/* a span without live objects was released */
	assert(allocated != 0 || state == FREE);
	assert(allocated == 0 || state != FREE);
	/* each object is in exactly one place */
	assert((allocated & (free | remote)) == 0 && (free & remote) == 0);
	assert((allocated | free | remote) == ALL);
	assert(nremote == WEIGHT(remote))
}

init {
	byte i;

	atomic {
		run Owner();
		for (i : 1 .. FREERS) {
			run Freer()
		}
		run Judge()
	}
}
