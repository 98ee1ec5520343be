#include "CWebAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char act_js[] = {
#embed "assets/act.js"
};
static const unsigned char appearance_js[] = {
#embed "assets/appearance.js"
};
static const unsigned char calyx_css[] = {
#embed "assets/calyx.css"
};
static const unsigned char clock_js[] = {
#embed "assets/clock.js"
};
static const unsigned char confirm_js[] = {
#embed "assets/confirm.js"
};
static const unsigned char copy_js[] = {
#embed "assets/copy.js"
};
static const unsigned char favicon_svg[] = {
#embed "assets/favicon.svg"
};
static const unsigned char icons_svg[] = {
#embed "assets/icons.svg"
};
static const unsigned char keys_js[] = {
#embed "assets/keys.js"
};
static const unsigned char live_js[] = {
#embed "assets/live.js"
};
static const unsigned char outcome_js[] = {
#embed "assets/outcome.js"
};
static const unsigned char page_js[] = {
#embed "assets/page.js"
};
static const unsigned char patch_js[] = {
#embed "assets/patch.js"
};
static const unsigned char policy_js[] = {
#embed "assets/policy.js"
};
static const unsigned char send_js[] = {
#embed "assets/send.js"
};
static const unsigned char session_js[] = {
#embed "assets/session.js"
};
static const unsigned char status_js[] = {
#embed "assets/status.js"
};
static const unsigned char theme_js[] = {
#embed "assets/theme.js"
};

#define ASSET(name, bytes) {name, bytes, sizeof bytes}

static const calyx_web_asset_t table[] = {
    ASSET("act.js", act_js),
    ASSET("appearance.js", appearance_js),
    ASSET("calyx.css", calyx_css),
    ASSET("clock.js", clock_js),
    ASSET("confirm.js", confirm_js),
    ASSET("copy.js", copy_js),
    ASSET("favicon.svg", favicon_svg),
    ASSET("icons.svg", icons_svg),
    ASSET("keys.js", keys_js),
    ASSET("live.js", live_js),
    ASSET("outcome.js", outcome_js),
    ASSET("page.js", page_js),
    ASSET("patch.js", patch_js),
    ASSET("policy.js", policy_js),
    ASSET("send.js", send_js),
    ASSET("session.js", session_js),
    ASSET("status.js", status_js),
    ASSET("theme.js", theme_js),
};

int calyx_web_asset_count(void) { return sizeof table / sizeof table[0]; }

calyx_web_asset_t calyx_web_asset(int index) { return table[index]; }
