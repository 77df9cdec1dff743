! Formatted output, allocatable arrays, complex numbers, modules and internal procedures.
module shapes
  implicit none
  type, abstract :: shape
  contains
    procedure(area_of), deferred :: area
  end type
  abstract interface
    real(8) function area_of(self)
      import shape
      class(shape), intent(in) :: self
    end function
  end interface
  type, extends(shape) :: circle
    real(8) :: r
  contains
    procedure :: area => circle_area
  end type
contains
  real(8) function circle_area(self)
    class(circle), intent(in) :: self
    circle_area = acos(-1d0) * self%r**2
  end function
end module

program main
  use shapes
  implicit none
  real(8), allocatable :: a(:,:), b(:,:)
  class(shape), allocatable :: s
  complex(8) :: z
  integer :: i, j, status
  character(len=32) :: argument, text
  allocate(a(3,3))
  a = reshape([(real(i, 8), i = 1, 9)], [3, 3])
  b = matmul(a, transpose(a))
  print '(3f8.1)', b
  z = exp((0d0, 1d0) * acos(-1d0))
  write (*, '(a,2f7.3,l2)') 'z =', z, any(b > 100)
  allocate(s, source=circle(2d0))
  write (text, '(f10.6)') s%area()
  print *, trim(adjustl(text))
  call get_command_argument(1, argument)
  read (argument, *) i
  text = "x"
  read (text, *, iostat=status) j
  print '(a,i0,a,i0)', "argument ", i, " refused ", merge(1, 0, status /= 0)
  print '(a,f6.4,1x,e12.5)', 'quad ', real(sqrt(2q0)), bessel_j0(1d0)
  stop 3
end program
