/* Runs a Lua script, which may call back into this file. Errors in it come back by longjmp. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

static int sum(lua_State *L)
{
	lua_Number total = 0;
	for (int i = 1; i <= lua_gettop(L); i++)
		total += luaL_checknumber(L, i);
	lua_pushnumber(L, total);
	return 1;
}

int main(int argc, char **argv)
{
	lua_State *L = luaL_newstate();
	luaL_openlibs(L);
	lua_register(L, "sum", sum);
	int status = luaL_dofile(L, argv[1]);
	if (status)
		printf("error: %s\n", lua_tostring(L, -1));
	lua_close(L);
	return status;
}
