// ytterby key new --signing: a party's key for signing events, in a file of its own.
#pragma once

int signing_key_new(void);
