// The keeper without threads: who opened it with KeeperOptions.stepped does its work, one step at a
// time, so that a simulation's seed can choose what runs next. All other doors work as always; one
// that would wait does steps meanwhile.
#pragma once
#include "keeper/keeper.h"

typedef enum KeeperThread { THREAD_DECIDES, THREAD_STORES } KeeperThread;

// One step of what that thread does: a batch decided, a group handed over or taken back; a group
// stored and answered. False when there is nothing for it to do now.
bool keeper_step(Keeper *keeper, KeeperThread which);
