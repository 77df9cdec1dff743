print(_VERSION, sum(1, 2.5, 3))

local Account = {}
Account.__index = Account
function Account.new(n) return setmetatable({balance = n}, Account) end
function Account:deposit(n) self.balance = self.balance + n end
local a = Account.new(10)
a:deposit(32)
print(a.balance)

local function primes(n)
  return coroutine.wrap(function()
    for i = 2, n do
      local prime = true
      for j = 2, math.floor(math.sqrt(i)) do prime = prime and i % j ~= 0 end
      if prime then coroutine.yield(i) end
    end
  end)
end
local list = {}
for p in primes(40) do list[#list + 1] = p end
print(table.concat(list, " "))

table.sort(list, function(x, y) return x > y end)
print(list[1], ("%5.2f|%s"):format(math.pi, ("x"):rep(3)), ("key=value"):match("(%w+)=(%w+)"))
print(pcall(sum, "no number"))
print(select(2, pcall(error, {code = 7})).code)
print(select(2, pcall(function() local t = nil; return t.field end)))
print(load("return 1 +")) -- a syntax error
goto done
print("skipped")
::done::
print(1 << 40, 7 // 2, 2^0.5 == math.sqrt(2), math.maxinteger + 1 == math.mininteger)
error("at the end")
