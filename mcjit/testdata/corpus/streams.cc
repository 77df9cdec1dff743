// flags: -std=c++17
// C++: streams, numbers and places.
#include <chrono>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <unordered_map>
int test(int n) {
	std::stringstream s;
	std::unordered_map<int, double> m{{1, 2.5}};
	std::mt19937 r(n);
	s << std::hex << r() << ' ' << m[1] << std::chrono::steady_clock::now().time_since_epoch().count();
	std::ofstream("/dev/null") << s.str();
	std::cout << s.rdbuf() << std::endl;
	return std::uniform_int_distribution<int>(0, n)(r);
}
