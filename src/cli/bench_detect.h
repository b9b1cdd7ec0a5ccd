// `ytterby bench detect`: how well the findings find.
#pragma once
int bench_detect(void);
