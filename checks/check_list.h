// The checks by name; each is defined in the file of its code.
#pragma once

#include "checks/engine/check.h"

namespace checks {

extern const Check kMtls0001;
extern const Check kMtls0002;
extern const Check kMtls0003;
extern const Check kMtls0004;
extern const Check kMtls0005;
extern const Check kMtls0006;
extern const Check kMtls0007;
extern const Check kMtls0008;
extern const Check kMtls0009;
extern const Check kMtls0010;
extern const Check kMtls0011;
extern const Check kMtls0012;
extern const Check kMtls0013;
extern const Check kMtls0014;
extern const Check kMtls0015;
extern const Check kMtls0101;
extern const Check kMtls0102;
extern const Check kMtls0103;
extern const Check kMtls0104;
extern const Check kMtls0105;
extern const Check kMtls0201;
extern const Check kMtls0202;
extern const Check kMtls0203;
extern const Check kMtls0204;
extern const Check kMtls0205;
extern const Check kMtls0900;
extern const Check kMtls0901;
extern const Check kMtls0902;
extern const Check kMtls0903;
extern const Check kMtls0904;
extern const Check kTis0001;
extern const Check kTis0002;
extern const Check kTis0003;
extern const Check kTis0104;
extern const Check kTis0201;
extern const Check kTis0204;
extern const Check kTis0205;
extern const Check kTis0206;
extern const Check kTis0207;
extern const Check kTis0208;
extern const Check kTis0401;
extern const Check kTis0501;
extern const Check kTis0502;
extern const Check kTis0503;

}  // namespace checks
