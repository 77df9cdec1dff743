// flags: -std=c++17
// C++: exceptions, run-time types, objects with constructors.
#include <algorithm>
#include <atomic>
#include <complex>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
struct Base { virtual ~Base() = default; virtual int f() = 0; };
struct Derived : virtual Base { int f() override { return 1; } };
static std::string text = "static";
static thread_local std::vector<int> perThread(3);
inline std::map<std::string, int> &table() { static std::map<std::string, int> t; return t; }
int test(int n, Base *b) try {
	std::unique_ptr<Base> owned(new Derived);
	std::vector<std::string> v{text, "b", std::to_string(n)};
	std::sort(v.begin(), v.end());
	table()[v[0]] = owned->f();
	if (auto *d = dynamic_cast<Derived *>(b)) return d->f();
	std::atomic<std::complex<double>> c{{1, 2}};
	std::function<int(int)> f = [&](int x) { return x + (int)c.load().real() + perThread[0]; };
	static std::once_flag once;
	std::call_once(once, [] { std::puts("once"); });
	std::thread t([&] { perThread[1] = f(n); });
	t.join();
	if (n > 3) throw std::runtime_error("many");
	__int128 wide = n;
	return (int)(wide * wide / 3) + typeid(*b).name()[0];
} catch (const std::exception &e) {
	return (int)text.size() + *e.what();
}
