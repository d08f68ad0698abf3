#include <string>
#include "purser/types.h"
