// A trace as a graph for Graphviz.
#pragma once
#include "base/buffer.h"

// `answer` is what access_trace() gives. What is less than `least_percent` of the lot is left out,
// and the graph says so.
MUST_CHECK bool render_dot(Text answer, double least_percent, Buffer *out, Status *status);
